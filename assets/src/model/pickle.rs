//! The part of Python's pickle that PyTorch's checkpoints are written in.
//!
//! Nothing is executed: a call that is not one of the known harmless ones yields an opaque value.

use std::{cell::RefCell, collections::HashMap, rc::Rc};

/// A value of a pickle.
#[derive(Debug, Clone)]
pub(super) enum Value {
    None,
    Int(i64),
    Text(String),
    Global(String),
    Tuple(Rc<Vec<Value>>),
    List(Rc<RefCell<Vec<Value>>>),
    Dict(Rc<RefCell<Vec<(Value, Value)>>>),
    /// What a persistent id names: its fields.
    Persistent(Rc<Vec<Value>>),
    /// A call: the function's name and its arguments.
    Call(String, Rc<Vec<Value>>),
    /// Numbers and objects that no checkpoint needs.
    Opaque,
}

impl Value {
    pub(super) fn as_usize(&self) -> Option<usize> {
        match self {
            Value::Int(number) => usize::try_from(*number).ok(),
            _ => None,
        }
    }

    pub(super) fn as_text(&self) -> Option<&str> {
        match self {
            Value::Text(text) | Value::Global(text) => Some(text),
            _ => None,
        }
    }
}

/// Reads one pickle and returns its value and its length.
pub(super) fn read(bytes: &[u8]) -> Result<(Value, usize), String> {
    let mut machine =
        Machine { bytes, at: 0, stack: Vec::new(), marks: Vec::new(), memo: HashMap::new() };
    while machine.step()? {}
    let value = machine.pop()?;
    Ok((value, machine.at))
}

struct Machine<'a> {
    bytes: &'a [u8],
    at: usize,
    stack: Vec<Value>,
    marks: Vec<usize>,
    memo: HashMap<u32, Value>,
}

impl<'a> Machine<'a> {
    /// Carries out one opcode; false after the last.
    fn step(&mut self) -> Result<bool, String> {
        let op = self.take(1)?[0];
        match op {
            b'.' => return Ok(false),
            0x80 => drop(self.take(1)?),
            0x95 => drop(self.take(8)?),
            b'N' => self.push(Value::None),
            0x88 | 0x89 | b'G' => {
                if op == b'G' {
                    self.take(8)?;
                }
                self.push(Value::Opaque);
            }
            b'J' => {
                let number = i32::from_le_bytes(self.array()?);
                self.push(Value::Int(number.into()));
            }
            b'K' => {
                let number = self.take(1)?[0];
                self.push(Value::Int(number.into()));
            }
            b'M' => {
                let number = u16::from_le_bytes(self.array()?);
                self.push(Value::Int(number.into()));
            }
            0x8a => self.long()?,
            b'X' | b'T' | b'B' => {
                let length = u32::from_le_bytes(self.array()?);
                self.text(length as usize)?;
            }
            0x8c | b'U' | b'C' => {
                let length = self.take(1)?[0];
                self.text(length.into())?;
            }
            b'c' => {
                let (module, name) = (self.line()?, self.line()?);
                self.push(Value::Global(format!("{module} {name}")));
            }
            0x93 => {
                let (name, module) = (self.pop()?, self.pop()?);
                let joined =
                    format!("{} {}", module.as_text().unwrap_or(""), name.as_text().unwrap_or(""));
                self.push(Value::Global(joined));
            }
            b'q' | b'r' | 0x94 => {
                let key = match op {
                    b'q' => self.take(1)?[0].into(),
                    b'r' => u32::from_le_bytes(self.array()?),
                    _ => self.memo.len() as u32,
                };
                let value = self.stack.last().ok_or("pickle: nothing to remember")?.clone();
                self.memo.insert(key, value);
            }
            b'h' | b'j' => {
                let key = if op == b'h' {
                    self.take(1)?[0].into()
                } else {
                    u32::from_le_bytes(self.array()?)
                };
                let value = self
                    .memo
                    .get(&key)
                    .ok_or_else(|| format!("pickle: unknown memo {key}"))?
                    .clone();
                self.push(value);
            }
            b'(' => self.marks.push(self.stack.len()),
            b'0' => drop(self.pop()?),
            b')' => self.push(Value::Tuple(Rc::default())),
            b't' => {
                let items = self.since_mark()?;
                self.push(Value::Tuple(Rc::new(items)));
            }
            0x85..=0x87 => {
                let n = usize::from(op - 0x84);
                let start = self.stack.len().checked_sub(n).ok_or("pickle: the stack is empty")?;
                let items = self.stack.split_off(start);
                self.push(Value::Tuple(Rc::new(items)));
            }
            b']' | 0x8f => self.push(Value::List(Rc::default())),
            b'}' => self.push(Value::Dict(Rc::default())),
            b'a' => {
                let item = self.pop()?;
                self.append(vec![item]);
            }
            b'e' | 0x90 => {
                let items = self.since_mark()?;
                self.append(items);
            }
            b's' => {
                let (value, key) = (self.pop()?, self.pop()?);
                self.set(vec![key, value]);
            }
            b'u' => {
                let items = self.since_mark()?;
                self.set(items);
            }
            b'Q' => {
                let fields = match self.pop()? {
                    Value::Tuple(fields) => fields,
                    _ => return Err("pickle: a persistent id is not a tuple".to_owned()),
                };
                self.push(Value::Persistent(fields));
            }
            b'R' | 0x81 => {
                let (arguments, function) = (self.pop()?, self.pop()?);
                self.push(call(&function, &arguments));
            }
            // The state of an object: checkpoints keep only `_metadata` there.
            b'b' => drop(self.pop()?),
            other => {
                return Err(format!(
                    "pickle: opcode {other:#04x} at byte {} is not supported",
                    self.at - 1
                ));
            }
        }
        Ok(true)
    }

    fn take(&mut self, len: usize) -> Result<&'a [u8], String> {
        let end = self.at.checked_add(len).filter(|&end| end <= self.bytes.len());
        let end = end.ok_or_else(|| format!("pickle: cut off at byte {}", self.bytes.len()))?;
        let slice = &self.bytes[self.at..end];
        self.at = end;
        Ok(slice)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], String> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N)?);
        Ok(array)
    }

    fn line(&mut self) -> Result<&'a str, String> {
        let rest = &self.bytes[self.at..];
        let length =
            rest.iter().position(|&byte| byte == b'\n').ok_or("pickle: a name does not end")?;
        let line =
            std::str::from_utf8(self.take(length)?).map_err(|error| format!("pickle: {error}"))?;
        self.take(1)?;
        Ok(line)
    }

    fn text(&mut self, length: usize) -> Result<(), String> {
        let text = String::from_utf8_lossy(self.take(length)?).into_owned();
        self.push(Value::Text(text));
        Ok(())
    }

    /// A long integer; those beyond 64 bits are only compared as text by nobody.
    fn long(&mut self) -> Result<(), String> {
        let length = usize::from(self.take(1)?[0]);
        let digits = self.take(length)?;
        if length > 8 {
            self.push(Value::Opaque);
            return Ok(());
        }
        let negative = digits.last().is_some_and(|byte| byte & 0x80 != 0);
        let mut bytes = [if negative { 0xff } else { 0 }; 8];
        bytes[..length].copy_from_slice(digits);
        self.push(Value::Int(i64::from_le_bytes(bytes)));
        Ok(())
    }

    fn push(&mut self, value: Value) {
        self.stack.push(value);
    }

    fn pop(&mut self) -> Result<Value, String> {
        self.stack.pop().ok_or_else(|| "pickle: the stack is empty".to_owned())
    }

    fn since_mark(&mut self) -> Result<Vec<Value>, String> {
        let mark = self.marks.pop().filter(|&mark| mark <= self.stack.len());
        Ok(self.stack.split_off(mark.ok_or("pickle: no mark")?))
    }

    fn append(&mut self, items: Vec<Value>) {
        if let Some(Value::List(list)) = self.stack.last() {
            list.borrow_mut().extend(items);
        }
    }

    fn set(&mut self, items: Vec<Value>) {
        if let Some(Value::Dict(dict)) = self.stack.last() {
            let mut dict = dict.borrow_mut();
            let mut items = items.into_iter();
            while let (Some(key), Some(value)) = (items.next(), items.next()) {
                dict.push((key, value));
            }
        }
    }
}

fn call(function: &Value, arguments: &Value) -> Value {
    match (function, arguments) {
        (Value::Global(name), _) if name == "collections OrderedDict" => Value::Dict(Rc::default()),
        (Value::Global(name), Value::Tuple(arguments)) => {
            Value::Call(name.clone(), Rc::clone(arguments))
        }
        _ => Value::Opaque,
    }
}
