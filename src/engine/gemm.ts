import {availableParallelism} from 'node:os'
import {getOrAdd} from '../base/memoize.ts'
import {type InferenceSession, onnxruntime, type Tensor} from './onnxruntime.ts'
import {encodeModel, ONNX_TYPE} from './proto.ts'

/** A float64 matrix in row-major order. */
export interface Matrix {
  readonly rows: number
  readonly cols: number
  readonly data: Float64Array
}

interface GemmOptions {
  readonly transA?: boolean
  readonly transB?: boolean
  /** Computes `from − a·b` instead of `a·b`. */
  readonly from?: Matrix
  /** Receives the result. It may be the data of `from`, but may not overlap `a` or `b`. */
  readonly into?: Float64Array
}

/** Multiplies two matrices, either of them transposed first. */
export type Gemm = (a: Matrix, b: Matrix, options?: GemmOptions) => Promise<Matrix>

export interface GemmEngine {
  readonly gemm: Gemm
  dispose(): Promise<void>
}

/** A matrix over `data`, or a new one of zeros. */
export const matrix = (rows: number, cols: number, data: Float64Array = new Float64Array(rows * cols)): Matrix => ({
  rows,
  cols,
  data,
})

/** Rows `first` up to `end` of a matrix, as a view of the same data. */
export const slab = ({rows, cols, data}: Matrix, first: number, end = rows): Matrix =>
  matrix(end - first, cols, data.subarray(first * cols, end * cols))

/** One row of a matrix, as a view of its data. */
export const row = ({cols, data}: Matrix, i: number): Float64Array => data.subarray(i * cols, (i + 1) * cols)

/** Opens float64 matrix products on onnxruntime. The same number of threads gives the same bits every time. */
export function openGemm({threads = availableParallelism()}: {readonly threads?: number} = {}): GemmEngine {
  const sessions = new Map<string, Promise<InferenceSession>>()

  const sessionOf = (variant: Variant) =>
    getOrAdd(sessions, JSON.stringify(variant), () => openSession(variant, threads))

  return {
    async gemm(a, b, {transA = false, transB = false, from, into} = {}) {
      const rows = transA ? a.cols : a.rows
      const cols = transB ? b.rows : b.cols
      const y = matrix(rows, cols, into)
      const session = await sessionOf({transA, transB, minus: from !== undefined})
      const feeds: Record<string, Tensor> = {a: tensor(a), b: tensor(b)}
      if (from) feeds.c = tensor(from)
      await session.run(feeds, {y: tensor(y)})
      return y
    },
    async dispose() {
      const open = await Promise.all(sessions.values())
      sessions.clear()
      await Promise.all(open.map(session => session.release()))
    },
  }
}

interface Variant {
  readonly transA: boolean
  readonly transB: boolean
  /** Computes `c − a·b`. */
  readonly minus: boolean
}

function openSession({transA, transB, minus}: Variant, threads: number): Promise<InferenceSession> {
  const inputs = minus ? ['a', 'b', 'c'] : ['a', 'b']
  const value = (name: string) => ({name, type: ONNX_TYPE.float64, shape: [-1, -1]}) // -1: any size
  const attributes = {transA: Number(transA), transB: Number(transB), alpha: {float: minus ? -1 : 1}}
  const model = encodeModel({
    nodes: [{op: 'Gemm', inputs, outputs: ['y'], attributes}],
    initializers: [],
    inputs: inputs.map(value),
    outputs: [value('y')],
  })
  return onnxruntime().InferenceSession.create(model, {
    intraOpNumThreads: threads,
    executionMode: 'sequential',
    extra: {session: {intra_op: {allow_spinning: '0'}}}, // between products the cores are free for other work
  })
}

function tensor({rows, cols, data}: Matrix): Tensor {
  const {Tensor} = onnxruntime()
  return new Tensor('float64', data, [rows, cols])
}
