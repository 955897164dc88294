// Replacements for the nodes that OpenVINO's ONNX front end reads otherwise than onnxruntime does.
import type {Lowering, Value} from '../graph.ts'

const OPENVINO: Lowering = {
  // its position ids of one entry are the first token's position; the front end takes them as every token's
  RotaryEmbedding(g, [x, , cos, sin], [output]) {
    const D = x.shape[3]
    const half = cos.shape[1]
    const range = (from: number, to: number): Value =>
      g.op('Slice', [x, g.ints([from]), g.ints([to]), g.ints([3])], {...output, shape: x.shape.with(3, to - from)})
    const side = {...output, shape: x.shape.with(3, half)}
    const [left, right] = [range(0, half), range(half, 2 * half)]
    const turn = (op: 'Add' | 'Sub', a: Value, b: Value) =>
      g.op(op, [g.op('Mul', [a, cos], side), g.op('Mul', [b, sin], side)], side)
    const rotated = [turn('Sub', left, right), turn('Add', right, left)]
    const rest = 2 * half < D ? [range(2 * half, D)] : []
    return [g.op('Concat', [...rotated, ...rest], output, {attributes: {axis: 3}})]
  },
}

/** How steps are traced for OpenVINO: as few nodes as possible, each of which costs time to compile. */
export const TRACING = {lowering: OPENVINO, tiles: false, blocks: false, bits: 16} as const
