use leptos::prelude::*;
use lexicell_protocol::{Command, MapCommand};

use super::{AppState, Asked};

/// Drawings under way at most: while the worker draws one, the next waits at its door, so that it is never
/// idle; more would only let the picture lag behind the pointer.
const MOST_UNDER_WAY: u8 = 2;

/// What pointer, wheel and keys ask of the map's camera. What comes while enough is under way follows as
/// one: a worker that draws slowly, or has other work, finds no queue of old moves.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct CameraWish {
    /// CSS pixels.
    pan: (f32, f32),
    /// Factor and the place that stays, in CSS pixels.
    zoom: Option<(f32, f32, f32)>,
    next: Next,
    under_way: u8,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Next {
    #[default]
    Nothing,
    /// The next animation frame sends what was asked for.
    Awaited,
}

impl CameraWish {
    pub(crate) fn pan(&mut self, dx: f32, dy: f32) {
        self.pan = (self.pan.0 + dx, self.pan.1 + dy);
    }

    pub(crate) fn zoom(&mut self, factor: f32, x: f32, y: f32) {
        let before = self.zoom.map_or(1.0, |(before, _, _)| before);
        self.zoom = Some((before * factor, x, y));
    }

    /// Whether an animation frame has to be asked for now.
    fn asks_for_frame(&mut self) -> bool {
        let has_wish = self.pan != (0.0, 0.0) || self.zoom.is_some();
        let asks = has_wish && self.next == Next::Nothing && self.under_way < MOST_UNDER_WAY;
        if asks {
            self.next = Next::Awaited;
        }
        asks
    }

    /// What the worker is told now.
    fn take(&mut self) -> Vec<MapCommand> {
        let (dx, dy) = std::mem::take(&mut self.pan);
        let pan = ((dx, dy) != (0.0, 0.0)).then_some(MapCommand::Pan { dx, dy });
        let zoom = self.zoom.take().map(|(factor, x, y)| MapCommand::Zoom { factor, x, y });
        let commands: Vec<MapCommand> = pan.into_iter().chain(zoom).collect();
        self.next = Next::Nothing;
        self.under_way += u8::from(!commands.is_empty());
        commands
    }

    fn drawn(&mut self) {
        self.under_way = self.under_way.saturating_sub(1);
    }
}

impl AppState {
    /// Moves the map's camera with the next frame.
    pub(crate) fn move_camera(self, change: impl FnOnce(&mut CameraWish)) {
        let asks = self.map.camera.try_update_value(|wish| {
            change(wish);
            wish.asks_for_frame()
        });
        if asks == Some(true) {
            request_animation_frame(move || self.send_moves());
        }
    }

    fn send_moves(self) {
        let mut commands = self.map.camera.try_update_value(CameraWish::take).unwrap_or_default();
        let last = commands.pop();
        for command in commands {
            self.tell_map(command);
        }
        if let Some(command) = last {
            self.ask(Command::Map(command), Asked::Camera);
        }
    }

    /// The worker drew what it was told of the camera.
    pub(super) fn camera_drawn(self) {
        self.move_camera(CameraWish::drawn);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zooms_within_a_frame_multiply_about_the_latest_place() {
        let mut wish = CameraWish::default();
        wish.zoom(2.0, 10.0, 10.0);
        wish.zoom(1.5, 20.0, 30.0);
        assert_eq!(wish.take(), [MapCommand::Zoom { factor: 3.0, x: 20.0, y: 30.0 }]);
    }

    #[test]
    fn what_comes_while_two_drawings_are_under_way_follows_as_one() {
        let mut wish = CameraWish::default();
        for _ in 0..2 {
            wish.pan(1.0, 2.0);
            assert!(wish.asks_for_frame() && !wish.asks_for_frame());
            assert_eq!(wish.take(), [MapCommand::Pan { dx: 1.0, dy: 2.0 }]);
        }
        for _ in 0..5 {
            wish.pan(1.0, 0.0);
            assert!(!wish.asks_for_frame());
        }
        wish.drawn();
        assert!(wish.asks_for_frame());
        assert_eq!(wish.take(), [MapCommand::Pan { dx: 5.0, dy: 0.0 }]);
        wish.drawn();
        assert!(!wish.asks_for_frame(), "nothing was asked since");
    }

    #[test]
    fn moves_that_cancel_out_leave_nothing_under_way() {
        let mut wish = CameraWish::default();
        wish.pan(1.0, 0.0);
        assert!(wish.asks_for_frame());
        wish.pan(-1.0, 0.0);
        assert!(wish.take().is_empty());
        wish.pan(1.0, 0.0);
        assert!(wish.asks_for_frame());
    }
}
