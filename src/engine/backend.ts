import {COMPOSITES} from '../tensor/fused.ts'
import {type BackendValues, type DataType, type Tensor, type TensorInfo, tf} from '../tensor/tf.ts'
import {computeType, reshape} from './arithmetic.ts'
import {Graph, type GraphOptions} from './graph.ts'
import {KERNELS, type Operands} from './kernels.ts'
import {ARRAYS, type Data, type DType, equalShapes, LARGEST_CONSTANT, type Shape, size} from './program.ts'
import type {Value} from './value.ts'

const NAME = 'trace'

/** The scopes of TensorFlow.js ops that draw in JavaScript: every run of the program would get the same draws. */
const RANDOM = /^(rand\w*|truncatedNormal|dropout)__op$/

/** What TensorFlow.js keeps as the data of a traced tensor. */
interface TracedData {
  readonly graph: Graph
  readonly value: Value
}

/** A TensorFlow.js backend that computes nothing: every kernel becomes nodes of the traced graph. */
class TracingBackend extends tf.KernelBackend {
  graph = new Graph()

  /** Starts another graph; tensors of the previous one are invalid in it. */
  begin(options?: GraphOptions): Graph {
    this.graph = new Graph(options)
    return this.graph
  }

  /** Records a tensor that the step makes from JavaScript values as a constant, or as a splat where all are equal. */
  override write(written: BackendValues, shape: number[], dtype: DataType): object {
    refuseDraws()
    const values = written as Data
    if (!repeatsFirst(values)) return this.hold(this.constant(values, shape, dtype))
    return this.hold(this.graph.splat(Number(values[0]), shape, dtype as DType))
  }

  get splitsRows(): boolean {
    return this.graph.options.blocks
  }

  hold(value: Value): TracedData {
    return {graph: this.graph, value}
  }

  value({dataId, shape}: TensorInfo): Value {
    const {graph, value} = dataId as TracedData
    if (graph !== this.graph)
      throw new Error('a tensor from outside the traced step was used inside it; pass it as an input or a weight')
    return equalShapes(value.shape, shape) ? value : reshape(this.graph, value, shape)
  }

  info(value: Value): TensorInfo {
    return {dataId: this.hold(value), shape: [...value.shape], dtype: computeType(value) as DType}
  }

  tensor(value: Value): Tensor {
    return tf.engine().makeTensorFromTensorInfo(this.info(value))
  }

  override readSync(): never {
    throw new Error('a value was read while tracing; a traced step may not read values')
  }

  override async read(): Promise<never> {
    return this.readSync()
  }

  override numDataIds = () => 0
  override disposeData = () => true
  override incRef() {}
  decRef() {}
  override refCount = () => 1
  override floatPrecision = () => this.graph.options.bits
  override epsilon = () => 1e-7
  override timerAvailable = () => false

  private constant(values: Data, shape: Shape, dtype: DataType): Value {
    if (size(shape) > LARGEST_CONSTANT)
      throw new Error(`a constant of shape [${shape}] is too large for a traced step; pass it as a weight`)
    return this.graph.constant(new ARRAYS[dtype as DType](values), shape, dtype as DType)
  }
}

/** @throws Error inside an op of TensorFlow.js that draws random numbers */
function refuseDraws(): void {
  const draw = tf.engine().state.scopeStack.find(({name}) => RANDOM.test(name))
  if (!draw) return
  const op = draw.name.replace('__op', '')
  throw new Error(`tf.${op} was called in a traced step, which may not draw random numbers; pass them as an input`)
}

/** Whether there are values, all equal to the first; a single NaN counts. */
function repeatsFirst(values: Data): boolean {
  for (let i = 1; i < values.length; i++) if (values[i] !== values[0]) return false
  return values.length > 0
}

const backend = new TracingBackend()
tf.registerBackend(NAME, () => backend)

for (const [kernelName, row] of Object.entries(KERNELS)) {
  tf.registerKernel({
    kernelName,
    backendName: NAME,
    kernelFunc({inputs, attrs}) {
      const values: Operands = {}
      for (const [name, tensor] of Object.entries(inputs)) if (tensor) values[name] = backend.value(tensor)
      const result = row(backend.graph, values, attrs ?? {})
      return Array.isArray(result) ? result.map(value => backend.info(value)) : backend.info(result as Value)
    },
  })
}
for (const [kernelName, kernelFunc] of Object.entries(COMPOSITES)) {
  if (!KERNELS[kernelName]) tf.registerKernel({kernelName, backendName: NAME, kernelFunc})
}

/** Runs `step` once on tensors without data, with the graph that records its kernels. */
export function traceGraph<T>(
  step: (graph: Graph, tensor: (value: Value) => Tensor, value: (tensor: Tensor) => Value) => T,
  options?: GraphOptions,
): T {
  const engine = tf.engine()
  const before = engine.backendName
  const tape = engine.state.activeTape
  const graph = backend.begin(options)
  void tf.setBackend(NAME)
  engine.startScope(NAME)
  try {
    return step(
      graph,
      value => backend.tensor(value),
      tensor => backend.value(tensor),
    )
  } finally {
    engine.endScope()
    engine.state.activeTape = tape
    if (before && before !== NAME) void tf.setBackend(before)
  }
}
