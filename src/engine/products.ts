// Matrix products, which take the form that the runtime has for them: with transposed operands, scalings as alpha, and column tiles.
import {broadcast, reshape, reshapeSource} from './arithmetic.ts'
import {columnTiles, rowTiles, tiled, tileWidths} from './column-tiles.ts'
import type {Graph} from './graph.ts'
import {equalShapes, lastDim, type Shape} from './program.ts'
import type {Attribute} from './proto.ts'
import type {Value} from './value.ts'

interface Transposed {
  readonly transA: boolean
  readonly transB: boolean
}

/** a b over the last two axes; scalings of the operands become the product's alpha. */
export function matmul(
  g: Graph,
  a: Value,
  b: Value,
  {transA = false, transB = false}: Partial<Transposed> = {},
): Value {
  const upright = transposedWeight(b)
  if (upright) return matmul(g, a, upright, {transA, transB: !transB})
  const rows = a.shape[a.shape.length - (transA ? 1 : 2)]
  const columns = b.shape[b.shape.length - (transB ? 2 : 1)]
  const shape = [...broadcast(a.shape.slice(0, -2), b.shape.slice(0, -2)), rows, columns]
  const tiles = shape.length === 2 ? tiledProduct(g, a, b, {transA, transB, shape}) : undefined
  if (tiles) return tiles
  if (shape.length === 2) return gemm(g, a, b, {transA, transB, shape})
  const {operands, attributes} = absorbScales(g, a, b, {transA, transB})
  const out = {dtype: 'float32', shape} as const
  if (!transA && !transB && !attributes.alpha) return g.op('MatMul', operands, out)
  return g.op('FusedMatMul', operands, out, {attributes, domain: 'com.microsoft'})
}

/** The weight whose transpose a value is: a product reads it in place. */
function transposedWeight(x: Value): Value | undefined {
  const [source] = x.kind === 'node' && x.node.op === 'Transpose' && x.shape.length === 2 ? x.node.inputs : []
  const weight = source?.kind === 'node' && source.node.op === 'Cast' ? source.node.inputs[0] : source
  return weight?.kind === 'weight' ? weight : undefined
}

/** A product with a tiled operand, or whose result is better tiled; undefined for any other. */
function tiledProduct(g: Graph, a: Value, b: Value, {transA, transB, shape}: GemmOptions): Value | undefined {
  if (a.kind === 'tiled') {
    const widths = a.tiles.map(tile => lastDim(tile.shape))
    if (transA) {
      const parts = a.tiles.map((tile, i) => g.inTile(i, () => matmul(g, tile, b, {transA, transB})))
      return g.op('Concat', parts, {dtype: 'float32', shape}, {attributes: {axis: 0}})
    }
    const tiles = transB ? columnTiles(g, b, widths) : rowTiles(g, b, widths)
    return a.tiles.slice(1).reduce(
      (sum, tile, i) => g.inTile(i + 1, () => gemm(g, tile, tiles(i + 1), {transA, transB, shape, sum})),
      g.inTile(0, () => gemm(g, a.tiles[0], tiles(0), {transA, transB, shape})),
    )
  }
  if (b.kind === 'tiled' && !transB)
    return tiled(g, b.tiles, {shape, each: tile => matmul(g, a, tile, {transA, transB})})
  const widths = g.options.tiles && b.kind === 'weight' && !transA ? tileWidths(shape, a.shape[1]) : undefined
  if (!widths) return undefined
  const tiles = transB ? rowTiles(g, b, widths) : columnTiles(g, b, widths)
  return tiled(g, widths, {
    shape,
    each: (width, i) => gemm(g, a, tiles(i), {transA, transB, shape: shape.with(1, width)}),
  })
}

interface GemmOptions extends Transposed {
  readonly shape: Shape
  /** Added to the product. */
  readonly sum?: Value
}

/** a b of matrices. */
function gemm(g: Graph, a: Value, b: Value, {transA, transB, shape, sum}: GemmOptions): Value {
  const {operands, attributes} = absorbScales(g, a, b, {transA, transB})
  return g.op('Gemm', sum ? [...operands, sum] : operands, {dtype: 'float32', shape}, {attributes})
}

/** The unscaled operands of a product and its attributes, whose alpha is the scale of both operands. */
function absorbScales(g: Graph, a: Value, b: Value, {transA, transB}: Transposed) {
  const [left, leftScale] = unscaled(g, a)
  const [right, rightScale] = unscaled(g, b)
  const float = leftScale * rightScale
  const attributes: Record<string, Attribute> = {transA: transA ? 1 : 0, transB: transB ? 1 : 0}
  if (float !== 1) attributes.alpha = {float}
  return {operands: [left, right], attributes}
}

function unscaled(g: Graph, x: Value): [value: Value, by: number] {
  const scaled = reshapeSource(x) ?? x
  const scales = scaled.kind === 'node' ? scaled.node.scales : undefined
  return scales && equalShapes(scales.of.shape, scaled.shape) ? [reshape(g, scales.of, x.shape), scales.by] : [x, 1]
}
