import type {Named} from '../engine/program.ts'
import {recompute} from '../tensor/recompute.ts'
import type {Tensor, Tensor1D, Tensor2D} from '../tensor/tf.ts'
import * as tf from '../tensor/tf.ts'

/** x (N, in) → (N, out), without a bias. */
export type Project = (x: Tensor2D) => Tensor2D

/** What stands in for x ↦ x Wᵀ + b at a module. */
export interface AdaptedLayer {
  readonly project: Project
  /** The layer's bias, as the adapter changes it. */
  bias(b: Tensor1D): Tensor1D
}

/** x and what all blocks share (masks, rotary angles) → x for the next block. */
export type Block = (x: Tensor, ...rest: Tensor[]) => Tensor

/** Everything a model is built from. Tensors go by their names in the checkpoint. */
export interface Parameters {
  readonly tensors: Named<Tensor>
  /** The names in `tensors` that receive gradients. */
  readonly trainable: readonly string[]
  /** What stands in for a linear layer at a module's path, where something does. */
  readonly adapted?: (path: string, tensors: Named<Tensor>) => AdaptedLayer | undefined
  /** How a place of the model drops entries, where training makes it. */
  readonly dropped?: (path: string) => ((x: Tensor) => Tensor) | undefined
  /** Compute each block again in the backward pass instead of keeping its activations. */
  readonly recompute?: boolean
}

/** Where in the checkpoint a layer is being built: `model.layers.3.self_attn.q_proj`, say. */
export interface Scope {
  readonly path: string
  at(name: string | number): Scope
  has(name: string): boolean
  vector(name: string): Tensor1D
  matrix(name: string): Tensor2D
  /** One of more axes. */
  tensor(name: string, rank: number): Tensor
  /** x ↦ x Wᵀ: through what is attached at this path, or through the weight here. */
  project(): Project
  /** The layer's bias, where it has one, as what is attached at this path changes it. */
  bias(): Tensor1D | undefined
  /** Drops entries of x (…, C) where training makes it, else x ↦ x. */
  dropout(): (x: Tensor) => Tensor
  /** A block of the model, computed once, or twice where its activations are not kept. */
  block(build: (scope: Scope) => Block): Block
}

export function scope(parameters: Parameters, path = ''): Scope {
  const {tensors, trainable, adapted, dropped} = parameters
  const full = (name: string) => (path ? `${path}.${name}` : name)

  const take = (name: string, rank: number) => {
    const tensor = tensors[full(name)]
    if (!tensor) throw new Error(`the model has no tensor named ${full(name)}`)
    if (tensor.rank !== rank) throw new Error(`${full(name)} has shape [${tensor.shape}], not rank ${rank}`)
    return tensor
  }
  const matrix = (name: string) => take(name, 2) as Tensor2D

  return {
    path,
    at: name => scope(parameters, full(String(name))),
    has: name => full(name) in tensors,
    vector: name => take(name, 1) as Tensor1D,
    matrix,
    tensor: take,
    project() {
      const attached = adapted?.(path, tensors)
      if (attached) return attached.project
      const weight = matrix('weight')
      return x => tf.matMul(x, weight, false, true)
    },
    bias() {
      if (!(full('bias') in tensors)) return undefined
      const bias = take('bias', 1) as Tensor1D
      return adapted?.(path, tensors)?.bias(bias) ?? bias
    },
    dropout: () => dropped?.(path) ?? (x => x),
    block(build) {
      if (!parameters.recompute) return build(scope(parameters, path))
      const inside = trainable.filter(name => name.startsWith(`${path}.`))
      return (x, ...rest) =>
        recompute(
          (x, values, rest) => {
            const replaced = Object.fromEntries(inside.map((name, i) => [name, values[i]]))
            return build(scope({...parameters, tensors: {...tensors, ...replaced}}, path))(x, ...rest)
          },
          x,
          {parameters: inside.map(name => tensors[name]), shared: rest},
        )
    },
  }
}
