//! Without a GPU: every shader is valid WGSL, and agrees with its line in the registry.

use lexicell_kernels::registry::{ALL, Access, Kernel};
use naga::{AddressSpace, Module, StorageAccess, TypeInner};

fn parse(kernel: &Kernel) -> Module {
    naga::front::wgsl::parse_str(kernel.wgsl)
        .unwrap_or_else(|error| panic!("{}: {}", kernel.name, error.emit_to_string(kernel.wgsl)))
}

#[test]
fn every_shader_is_valid_portable_wgsl() {
    for kernel in ALL {
        // unpack2x16float is core WGSL; naga counts it as a capability.
        let mut core = naga::valid::Capabilities::SHADER_FLOAT16_IN_FLOAT32;
        let optional = kernel.name == "matmul_shader_f16";
        core.set(naga::valid::Capabilities::SHADER_FLOAT16, optional);
        assert_eq!(kernel.wgsl.contains("enable f16;"), optional, "{}", kernel.name);
        let flags = naga::valid::ValidationFlags::all();
        let checked = naga::valid::Validator::new(flags, core).validate(&parse(kernel));
        checked.unwrap_or_else(|error| panic!("{}: {error:?}", kernel.name));
        for word in ["subgroup", "inf(", "nan("] {
            assert!(!kernel.wgsl.contains(word), "{} uses {word}", kernel.name);
        }
    }
}

#[test]
fn params_are_as_long_as_the_shader_says() {
    for kernel in ALL {
        let module = parse(kernel);
        let span = module.types.iter().find_map(|(_, ty)| match (&ty.name, &ty.inner) {
            (Some(name), TypeInner::Struct { span, .. }) if name == "Params" => Some(*span),
            _ => None,
        });
        assert_eq!(span, Some(kernel.params_size as u32), "{}", kernel.name);
    }
}

#[test]
fn operands_are_as_the_registry_says() {
    for kernel in ALL {
        let module = parse(kernel);
        let mut operands = Vec::new();
        for (_, variable) in module.global_variables.iter() {
            if let (AddressSpace::Storage { access }, Some(at)) = (variable.space, variable.binding)
            {
                assert_eq!(at.group, 0, "{}", kernel.name);
                let write = access.contains(StorageAccess::STORE);
                operands.push((at.binding, if write { Access::Write } else { Access::Read }));
            }
        }
        operands.sort_by_key(|(binding, _)| *binding);
        let listed = (0..).zip(kernel.operands.iter().copied()).collect::<Vec<(u32, _)>>();
        assert_eq!(operands, listed, "{}", kernel.name);
    }
}

#[test]
fn no_shader_file_is_outside_the_registry() {
    let folder =
        std::path::PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"))
            .join("src/shaders");
    for entry in std::fs::read_dir(folder).expect("the shaders' folder") {
        let name = entry.expect("an entry").file_name().into_string().expect("an ASCII name");
        let listed = ALL.iter().any(|kernel| kernel.files.contains(&name.as_str()));
        assert!(listed, "{name} belongs to no kernel");
    }
}

#[test]
fn every_shader_names_its_twin() {
    for kernel in ALL {
        let twin = format!("cpu::{}", kernel.name);
        // A comment may break the line before the name.
        let prose = kernel.wgsl.replace("\n// ", " ");
        assert!(prose.contains(&format!("CPU twin: {twin}")), "{}", kernel.name);
    }
}
