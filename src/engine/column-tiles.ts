// Column tiles of wide values. If the rows of a matrix are a multiple of 4096 bytes apart, the rows that a product reads
// together map to the same cache sets, and it runs at 7/8 of its rate. So the activations of a hidden layer are never
// materialized: they are computed a tile of columns at a time, whose rows are shorter.
import {sum} from '../base/collections.ts'
import type {Graph} from './graph.ts'
import {equalShapes, lastDim, type Shape} from './program.ts'
import type {Node, Value} from './value.ts'

type TiledValue = Extract<Value, {kind: 'tiled'}>

/** The number of float32 values after which two addresses map to the same cache set. */
const ALIAS = 1024

/** The approximate width of a tile. */
const TILE = 1024

/** With fewer rows than this, tiling does not pay. */
const FEW = 64

/** The tile widths for the result (rows, out) of a product with inner dimension `inner`; undefined if it is better whole. */
export function tileWidths([rows, out]: Shape, inner: number): readonly number[] | undefined {
  // a hidden layer is two to eight times as wide as what it reads; projections to heads and to a vocabulary are not
  if (out % ALIAS || out < 2 * inner || out > 8 * inner || rows < FEW) return undefined
  return evenWidths(out)
}

/** About equal multiples of 16, none of them a multiple of ALIAS. */
function evenWidths(out: number): number[] {
  for (let count = Math.ceil(out / TILE); ; count++) {
    const ends = Array.from({length: count + 1}, (_, i) => 16 * Math.round((i * out) / count / 16))
    const widths = ends.slice(1).map((end, i) => end - ends[i])
    if (widths.every(width => width % ALIAS)) return widths
  }
}

/** The tiled value whose tiles `each` builds, one from each of `parts`. */
export function tiled<T>(
  g: Graph,
  parts: readonly T[],
  {shape, each}: {readonly shape: Shape; readonly each: (part: T, tile: number) => Value},
): TiledValue {
  const tiles = parts.map((part, i) => g.inTile(i, () => each(part, i)))
  return {kind: 'tiled', dtype: tiles[0].dtype, shape, tiles}
}

/** An elementwise op, tile by tile if an operand is tiled and has the shape of the result; otherwise undefined. */
export function tileEntrywise(
  g: Graph,
  operands: readonly Value[],
  {shape, apply}: {readonly shape: Shape; readonly apply: (tiles: readonly Value[]) => Value},
): Value | undefined {
  const like = operands.find((x): x is TiledValue => x.kind === 'tiled' && equalShapes(x.shape, shape))
  if (!like) return undefined
  const widths = like.tiles.map(tile => lastDim(tile.shape))
  const split = operands.map(operand => columnTiles(g, operand, widths))
  return tiled(g, widths, {shape, each: (_, i) => apply(split.map(tile => tile(i)))})
}

/** The i-th tile of x along its last axis; x itself if that axis is broadcast. */
export function columnTiles(g: Graph, x: Value, widths: readonly number[]): (i: number) => Value {
  if (x.shape.length === 0 || lastDim(x.shape) === 1) return () => x
  if (x.kind === 'splat') return i => ({...x, shape: withWidth(x.shape, widths[i])})
  if (x.kind === 'tiled' && x.tiles.every((tile, i) => lastDim(tile.shape) === widths[i])) return i => x.tiles[i]
  if (x.kind === 'view') {
    const tiles = columnTiles(g, x.source, widths)
    return i => ({...x, source: tiles(i), shape: withWidth(x.shape, widths[i])})
  }
  const product = x.kind === 'node' ? thinProduct(x.node) : undefined
  if (product) {
    const {a, b, attributes} = product
    const tiles = attributes.transB ? rowTiles(g, b, widths) : columnTiles(g, b, widths)
    return i => g.op('Gemm', [a, tiles(i)], {dtype: 'float32', shape: withWidth(x.shape, widths[i])}, {attributes})
  }
  return x.shape.length === 1 ? rowTiles(g, x, widths) : sliceTiles(g, x, {widths, axis: x.shape.length - 1})
}

/** The i-th tile of x along its first axis; of a weight, a slice that is read in place. */
export function rowTiles(g: Graph, x: Value, widths: readonly number[]): (i: number) => Value {
  if (x.kind !== 'weight') return sliceTiles(g, x, {widths, axis: 0})
  return i => g.rows(x, begin(widths, i), widths[i])
}

/** Tiles as copies. A copy of a weight's tile is made for every use: it is short-lived, and the weight itself stays mapped. */
function sliceTiles(
  g: Graph,
  x: Value,
  {widths, axis}: {readonly widths: readonly number[]; readonly axis: number},
): (i: number) => Value {
  const source = g.as32(g.materialize(x))
  return i => {
    const from = begin(widths, i)
    const shape = x.shape.with(axis, widths[i])
    const inputs = [source, g.ints([from]), g.ints([from + widths[i]]), g.ints([axis])]
    const tile = {dtype: source.dtype, shape}
    return x.kind === 'weight' ? g.unshared('Slice', inputs, tile) : g.op('Slice', inputs, tile)
  }
}

/** A product that costs less than a copy of its result, such as one over LoRA's rank. */
function thinProduct({op, inputs, attributes}: Node) {
  const [a, b, c] = inputs
  if (op !== 'Gemm' || !a || !b || c || a.shape.length !== 2) return undefined
  return a.shape[attributes.transA ? 0 : 1] <= FEW ? {a, b, attributes} : undefined
}

const begin = (widths: readonly number[], i: number) => sum(widths.slice(0, i))

const withWidth = (shape: Shape, width: number): Shape => shape.with(-1, width)
