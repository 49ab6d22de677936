// What drawings of cells share: a hand on them. Python joins this file in front of the explorers that use it.

// pick(row, column) hears clicks and drags on node, move(rows, columns) the arrow keys; cells() is how many there are across.
export function cellsUnderHand(node, cells, pick, move) {
  const hear = (event) => {
    const frame = node.getBoundingClientRect(), side = frame.width / cells() || 1;
    pick((event.clientY - frame.top) / side - 0.5, (event.clientX - frame.left) / side - 0.5);
  };
  node.addEventListener("pointerdown", (event) => { node.setPointerCapture(event.pointerId); hear(event); });
  node.addEventListener("pointermove", (event) => { if (event.buttons) hear(event); });
  node.addEventListener("keydown", (event) => {
    const way = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
    if (!way) return;
    event.preventDefault();
    event.stopPropagation();
    move(...way);
  });
}
