import {availableParallelism} from 'node:os'
import {InferenceSession, Tensor} from './onnxruntime.ts'
import {encodeModel, ONNX_TYPE} from './proto.ts'

/** A matrix of float64, row after row. */
export interface Matrix {
  readonly rows: number
  readonly cols: number
  readonly data: Float64Array
}

interface GemmOptions {
  readonly transA?: boolean
  readonly transB?: boolean
  /** Answer `from − a·b` in place of `a·b`. */
  readonly from?: Matrix
  /** Write the answer here. It may be the data of `from`, and may not overlap `a` or `b`. */
  readonly into?: Float64Array
}

/** The product of two matrices, either of them transposed first. */
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

/** Rows `first` up to `end` of a matrix: a view of the same numbers. */
export const slab = ({rows, cols, data}: Matrix, first: number, end = rows): Matrix =>
  matrix(end - first, cols, data.subarray(first * cols, end * cols))

/** Matrix products in float64 on onnxruntime. One thread count gives the same bits every time. */
export function openGemm({threads = availableParallelism()}: {readonly threads?: number} = {}): GemmEngine {
  const sessions = new Map<string, Promise<InferenceSession>>()

  const sessionOf = (transA: boolean, transB: boolean, minus: boolean) => {
    const key = `${transA} ${transB} ${minus}`
    const session = sessions.get(key) ?? openSession({transA, transB, minus, threads})
    sessions.set(key, session)
    return session
  }

  return {
    async gemm(a, b, {transA = false, transB = false, from, into} = {}) {
      const rows = transA ? a.cols : a.rows
      const cols = transB ? b.rows : b.cols
      const y = matrix(rows, cols, into)
      const session = await sessionOf(transA, transB, from !== undefined)
      const feeds = {a: tensor(a), b: tensor(b), ...(from && {c: tensor(from)})}
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
  readonly minus: boolean
  readonly threads: number
}

function openSession({transA, transB, minus, threads}: Variant): Promise<InferenceSession> {
  const inputs = minus ? ['a', 'b', 'c'] : ['a', 'b']
  const value = (name: string) => ({name, type: ONNX_TYPE.float64, shape: [-1, -1]}) // -1: any size
  const attributes = {transA: Number(transA), transB: Number(transB), alpha: {float: minus ? -1 : 1}}
  const model = encodeModel({
    nodes: [{op: 'Gemm', inputs, outputs: ['y'], attributes}],
    initializers: [],
    inputs: inputs.map(value),
    outputs: [value('y')],
  })
  return InferenceSession.create(model, {
    intraOpNumThreads: threads,
    executionMode: 'sequential',
    extra: {session: {intra_op: {allow_spinning: '0'}}}, // between products the cores belong to others
  })
}

const tensor = ({rows, cols, data}: Matrix) => new Tensor('float64', data, [rows, cols])
