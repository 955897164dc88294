// Small matrices that a step trains, such as LoRA's, are inputs of the compiled model in bfloat16. Given in float32, the plugin
// would round them itself, and keep every rounded matrix from its layer's forward pass to its backward pass: the time to plan
// the memory of a program grows with the square of what it keeps.
import {toBfloat16} from '../../base/half.ts'
import {getOrAdd} from '../../base/memoize.ts'
import {PRODUCTS} from '../graph-cost.ts'
import type {PartData} from '../parts.ts'
import {size} from '../program.ts'
import {ONNX_TYPE} from '../proto.ts'
import type {InputValue, Node, Value} from '../value.ts'
import {FEW_ENTRIES} from './matrices.ts'

/** Lets products read small matrices that are parts of a vector in bfloat16, to which they round their operands anyway. */
export function roundOperands(nodes: readonly Node[]): Node[] {
  const readElsewhere = new Set(nodes.flatMap(node => node.inputs.filter((_, i) => !isOperand(node, i))))
  const upcasts = new Map<Value, Node>()
  return nodes.flatMap(node => {
    const added: Node[] = []
    const inputs = node.inputs.map(value => {
      if (!isSmallPart(value) || readElsewhere.has(value)) return value
      const upcast = getOrAdd(upcasts, value, () => {
        added.push(upcastOf(value))
        return added[added.length - 1]
      })
      return upcast.outputs[0]
    })
    return [...added, {...node, inputs}]
  })
}

const isOperand = ({op}: Node, i: number) => PRODUCTS.includes(op) && i < 2

const isSmallPart = (value: Value): value is InputValue =>
  value.kind === 'input' && value.partOf !== undefined && value.shape.length === 2 && size(value.shape) < FEW_ENTRIES

/** The node that upcasts an input, which is in bfloat16 then; the plugin leaves it out. */
function upcastOf(input: InputValue): Node {
  const {name, shape} = input
  const inputs = [{...input, dtype: 'bfloat16'} as const]
  const node: Node = {op: 'Cast', domain: '', attributes: {to: ONNX_TYPE.float32}, inputs, outputs: []}
  node.outputs = [{kind: 'node', name: `${name}.float32`, dtype: 'float32', shape, node}]
  return node
}

/** Returns a function that rounds parts to bfloat16, each into an array that serves all runs. */
export function openRounding(): (part: PartData) => PartData {
  const arrays = new Map<string, Uint16Array<ArrayBuffer>>()
  return part => {
    const {name, data} = part
    if (!(data instanceof Float32Array)) return part
    const bits = getOrAdd(arrays, name, () => new Uint16Array(data.length))
    return {...part, dtype: 'bfloat16', data: toBfloat16(data, bits)}
  }
}
