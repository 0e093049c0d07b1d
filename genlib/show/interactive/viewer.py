"""A page fragment that shows one of many pictures, chosen with sliders: plain HTML, no library.

The code stands in the sliders' own ``oninput``, so it works wherever inline code may run, even
where a page was put together from strings; it finds its pictures by looking inwards from the
slider, so no ids are needed and any number of viewers share a page. Equal pictures give equal
bytes. Where no code may run, the first picture is still there.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from html import escape

from genlib.show.interactive.frames import Control, Frame, first

MOST_BYTES = 400_000
UNTITLED = "Interactive figure"

STYLE = """
.genlib-explore { max-width: 34rem; margin: 0.5rem 0; color: inherit; }
.genlib-explore .genlib-title { margin: 0 0 0.5rem; font-weight: bold; }
.genlib-explore img { display: block; max-width: 100%; height: auto; border-radius: 0.5rem; }
.genlib-explore .genlib-controls { display: grid; gap: 0 1.5rem; margin-top: 0.75rem;
  grid-template-columns: repeat(auto-fit, minmax(min(14rem, 100%), 1fr)); }
.genlib-explore label { display: block; margin: 0; font-weight: normal; }
.genlib-explore output { font-variant-numeric: tabular-nums; font-weight: bold; }
.genlib-explore input[type=range] { -webkit-appearance: none; appearance: none; display: block;
  box-sizing: border-box; width: 100%; height: 2.75rem; margin: 0; padding: 0;
  background: transparent; color: inherit; cursor: pointer; }
.genlib-explore input::-webkit-slider-runnable-track { height: 0.375rem; border-radius: 1rem;
  background: #7a828a; }
.genlib-explore input::-moz-range-track { height: 0.375rem; border-radius: 1rem;
  background: #7a828a; }
.genlib-explore input::-webkit-slider-thumb { -webkit-appearance: none; width: 1.75rem;
  height: 1.75rem; margin-top: -0.6875rem; border: 3px solid #fff; border-radius: 50%;
  background: #0072b2; box-shadow: 0 0 0 1px #7a828a; }
.genlib-explore input::-moz-range-thumb { width: 1.375rem; height: 1.375rem;
  border: 3px solid #fff; border-radius: 50%; background: #0072b2;
  box-shadow: 0 0 0 1px #7a828a; }
.genlib-explore :focus-visible { outline: 3px solid currentColor; outline-offset: -3px;
  border-radius: 0.5rem; }
.genlib-explore button { min-width: 6rem; min-height: 2.75rem; border: 1px solid currentColor;
  border-radius: 0.5rem; background: transparent; color: inherit; font: inherit;
  cursor: pointer; }
@media (forced-colors: active) {
  .genlib-explore input[type=range] { -webkit-appearance: auto; appearance: auto; } }
"""

SHOW = """
const box = this.closest('.genlib-explore');
const all = box.genlib ??= JSON.parse(box.querySelector('script').textContent);
if (event && box.stop) box.stop();
let place = 0;
box.querySelectorAll('input').forEach((slider, number) => {
  const labels = all.labels[number], label = labels[slider.value];
  slider.setAttribute('aria-valuetext', label);
  slider.parentElement.querySelector('output').textContent = label;
  place = place * labels.length + Number(slider.value);
});
const image = box.querySelector('img');
image.src = 'data:image/png;base64,' + all.pictures[all.order[place]];
image.alt = all.alt[place];
"""

PLAY = """
const button = this, box = button.closest('.genlib-explore'), slider = box.querySelector('input');
const go = (place) => { slider.value = place; slider.oninput(); };
if (box.stop) return box.stop();
const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
if (slider.value === slider.max) go(0);
const timer = setInterval(() => {
  if (box.isConnected && slider.value !== slider.max) go(Number(slider.value) + 1);
  else box.stop();
}, calm ? Math.max(1000, button.value) : button.value);
button.textContent = 'Pause';
box.stop = () => { clearInterval(timer); button.textContent = 'Play'; box.stop = null; };
"""


def html(
    controls: Sequence[Control],
    frames: Sequence[Frame],
    title: str | None = None,
    interval: int | None = None,
) -> str:
    """Self-contained HTML of a viewer.

    Args:
        controls: one slider each.
        frames: a picture for every combination, the last control's values changing fastest.
        title: stands above, and names the group to a screen reader.
        interval: milliseconds from one picture to the next once *Play* is pressed; None for a
            viewer without that button.

    Raises:
        ValueError: if the whole would exceed ``MOST_BYTES``.
    """
    shown = frames[first(controls)]
    parts = [
        f'<div class="genlib-explore" role="group" aria-label="{escape(title or UNTITLED)}">',
        f"<style>{_compact(STYLE)}</style>",
        f'<p class="genlib-title">{escape(title)}</p>' if title else "",
        f'<img alt="{escape(shown.alt)}" src="data:image/png;base64,{_base64(shown)}">',
        '<div class="genlib-controls">',
        *(_slider(control) for control in controls),
        "</div>",
        "" if interval is None else _button(interval),
        f'<script type="application/json">{_data(controls, frames)}</script>',
        "</div>",
    ]
    page = "\n".join(part for part in parts if part)
    if len(page) > MOST_BYTES:
        raise ValueError(
            f"{len(frames)} pictures make {len(page) / 1000:.0f} kB, more than "
            f"{MOST_BYTES / 1000:.0f}: give fewer values, or draw smaller or plainer pictures"
        )
    return page


def _slider(control: Control) -> str:
    value = escape(control.labels[control.start])
    return (
        f'<label>{escape(control.title)} = <output aria-live="off">{value}</output>'
        f'<input type="range" min="0" max="{len(control.values) - 1}" step="1" '
        f'value="{control.start}" autocomplete="off" aria-label="{escape(control.title)}" '
        f'aria-valuetext="{value}" oninput="{escape(_compact(SHOW))}"></label>'
    )


def _button(interval: int) -> str:
    return (
        f'<button type="button" value="{interval}" onclick="{escape(_compact(PLAY))}">Play</button>'
    )


def _data(controls: Sequence[Control], frames: Sequence[Frame]) -> str:
    """Labels, pictures (each distinct one once) and texts, safe inside a script element."""
    pictures = list(dict.fromkeys(_base64(frame) for frame in frames))
    places = {picture: place for place, picture in enumerate(pictures)}
    content = {
        "labels": [control.labels for control in controls],
        "order": [places[_base64(frame)] for frame in frames],
        "alt": [frame.alt for frame in frames],
        "pictures": pictures,
    }
    return json.dumps(content, separators=(",", ":")).replace("<", "\\u003c")


def _base64(frame: Frame) -> str:
    return base64.b64encode(frame.png).decode()


def _compact(code: str) -> str:
    """Code on one line."""
    return " ".join(code.split())
