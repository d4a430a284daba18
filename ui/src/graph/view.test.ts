import { expect, test } from 'vitest';
import { meets, View, ZOOM } from './view';

function view(): View {
  const view = new View();
  view.over(1_000, 2_000);
  view.resize(500, 400);
  return view;
}

test('what is under the pointer stays there when it is zoomed', () => {
  const it = view();
  it.set(-100, -200, 1);
  const point = { x: 120, y: 80 };
  const before = it.toGraph(point);
  it.zoomAt(point, 0.5);
  expect(it.zoom).toBe(0.5);
  expect(it.toGraph(point)).toEqual(before);
});

test('zooming ends at its bounds', () => {
  const it = view();
  it.zoomBy(1_000);
  expect(it.zoom).toBe(ZOOM.most);
  it.zoomBy(1e-9);
  expect(it.zoom).toBe(ZOOM.least);
});

test('the graph cannot be moved out of reach', () => {
  const it = view();
  it.moveBy(1e6, -1e6);
  expect(it.x).toBeLessThan(500);
  expect(it.y + 2_000 * it.zoom).toBeGreaterThan(0);
});

test('all of a graph is shown, however many steps it has; only of what could not be seen so, the beginning', () => {
  const it = view();
  it.over(800, 600);
  it.fit({ x: 0, y: 0 }, 1);
  expect(it.zoom).toBe(0.625);
  it.over(800, 4_000);
  it.fit({ x: 10, y: 20 }, 1);
  expect([it.zoom, it.y]).toEqual([0.09, 20]);
  it.over(800, 60_000);
  it.fit({ x: 10, y: 20 }, 1);
  expect([it.zoom, it.y]).toEqual([ZOOM.least, 20]);
});

test('a box that is seen moves nothing, and another is brought into the middle', () => {
  const it = view();
  it.set(0, 0, 1);
  it.reveal({ x: 10, y: 10, w: 100, h: 50 });
  expect([it.x, it.y]).toEqual([0, 0]);
  it.reveal({ x: 600, y: 900, w: 100, h: 50 });
  expect(it.toGraph({ x: 250, y: 200 })).toEqual({ x: 650, y: 925 });
});

test('those who look are told of every move, until they leave', () => {
  const it = view();
  let told = 0;
  const leave = it.subscribe(() => told++);
  it.moveBy(1, 1);
  leave();
  it.moveBy(1, 1);
  expect(told).toBe(1);
});

test('what is near is all that is seen and more, the same while little is moved', () => {
  const it = view();
  for (const [x, y, zoom] of [[0, 0, 1], [-300, -900, 0.9], [20, 30, 0.1], [-77, -1_500, 1.6]] as const) {
    it.set(x, y, zoom);
    const near = it.near();
    const corners = [it.toGraph({ x: 0, y: 0 }), it.toGraph({ x: 500, y: 400 })];
    expect(corners.every((corner) => meets(near, [corner]))).toBe(true);
    expect(near.w * near.h * zoom * zoom).toBeLessThan(500 * 500 * 4 * 9);
  }
  it.set(0, -900, 1);
  const before = it.near();
  it.moveBy(0, -1);
  expect(it.near()).toEqual(before);
});

test('a way that passes a box without a corner in it meets it', () => {
  expect(meets({ x: 10, y: 10, w: 10, h: 10 }, [{ x: 15, y: 0 }, { x: 15, y: 100 }])).toBe(true);
  expect(meets({ x: 10, y: 10, w: 10, h: 10 }, [{ x: 25, y: 0 }, { x: 25, y: 100 }])).toBe(false);
});
