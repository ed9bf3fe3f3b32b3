// Draws an outline over an element, above everything else, and keeps it there when the page scrolls.
// It lies in the top layer, so the page's layout, its styles and what a click meets stay as they are.
element => {
  const mark = document.createElement('robotfabrik-outline');
  mark.setAttribute('aria-hidden', 'true');
  mark.popover = 'manual';
  const style = (name, value) => mark.style.setProperty(name, value, 'important');
  const fixed = {all: 'initial', display: 'block', position: 'fixed', margin: '0', padding: '0', 'box-sizing': 'border-box',
    border: '3px solid #d6006c', 'border-radius': '4px', 'box-shadow': '0 0 0 2px #fff', background: 'transparent',
    'pointer-events': 'none', 'z-index': '2147483647'};
  for (const [name, value] of Object.entries(fixed)) style(name, value);
  const GAP = 4;
  const place = () => {
    const box = element.getBoundingClientRect();
    style('left', `${box.left - GAP}px`);
    style('top', `${box.top - GAP}px`);
    style('width', `${box.width + 2 * GAP}px`);
    style('height', `${box.height + 2 * GAP}px`);
  };
  const follow = () => {
    if (!mark.isConnected) return;
    if (!element.isConnected) return void mark.remove();
    place();
    requestAnimationFrame(follow);
  };
  element.scrollIntoView({block: 'nearest', inline: 'nearest', behavior: 'instant'});
  document.documentElement.append(mark);
  mark.showPopover?.();
  follow();
  return mark;
}
