// Makes what is shown as it is to be, and leaves alone whatever is so already: a press, a selection and the focus outlive each second.
export function keyed(key, node) { node.dataset.key = key; return node; }

// The children of `box` become as `wanted` are. Of the same key and kind the node that is there stays, wherever it goes.
export function fill(box, wanted) {
  const left = [...box.childNodes], focused = document.activeElement;
  const nodes = [...wanted].map(one => {
    const at = left.findIndex(node => node.nodeName === one.nodeName && node.dataset?.key === one.dataset?.key);
    return at < 0 ? one : become(left.splice(at, 1)[0], one);
  });
  for (const node of left) node.remove();
  nodes.forEach((node, at) => { if (box.childNodes[at] !== node) box.insertBefore(node, box.childNodes[at] || null); });
  // What is moved loses the focus.
  if (box.contains(focused) && document.activeElement !== focused) focused.focus({preventScroll: true});
}
function become(node, wanted) {
  if (node.nodeType === Node.TEXT_NODE) {
    if (node.data !== wanted.data) node.data = wanted.data;
    return node;
  }
  for (const {name} of [...node.attributes]) if (!wanted.hasAttribute(name)) node.removeAttribute(name);
  for (const {name, value} of wanted.attributes) if (node.getAttribute(name) !== value) node.setAttribute(name, value);
  fill(node, wanted.childNodes);
  return node;
}
