import type {Named, Shape} from '../../engine/program.ts'
import {recompute} from '../../tensor/recompute.ts'
import {type Tensor, type Tensor1D, type Tensor2D, tf} from '../../tensor/tf.ts'

/** x (N, in) → (N, out), without a bias. */
export type Project = (x: Tensor2D) => Tensor2D

/** The replacement of a linear layer x ↦ x Wᵀ + b. */
export interface AdaptedLayer {
  readonly project: Project
  /** The layer's bias, as the adapter changes it. */
  bias(b: Tensor1D): Tensor1D
}

/** A dropout layer of a model: the shape of its mask, and the share of entries that it drops. */
export interface DropoutSite {
  readonly rate: number
  readonly shape: readonly [rows: number, columns: number]
}

/** A model's dropout layers by path: those whose rate is above 0. */
export const activeSites = (sites: Readonly<Record<string, DropoutSite>>): Readonly<Record<string, DropoutSite>> =>
  Object.fromEntries(Object.entries(sites).filter(([, {rate}]) => rate > 0))

/** x and the tensors that all blocks share (masks, rotary angles) → x for the next block. */
export type Block = (x: Tensor, ...rest: Tensor[]) => Tensor

/** Everything that a model is built from. Tensors are named as in the checkpoint. */
export interface Parameters {
  readonly tensors: Named<Tensor>
  /** The names in `tensors` that receive gradients. */
  readonly trainable: readonly string[]
  /** The adapted layer at a module's path, where there is one. */
  readonly adapted?: (path: string, tensors: Named<Tensor>) => AdaptedLayer | undefined
  /** The dropout at a path, while training. */
  readonly dropped?: (path: string) => ((x: Tensor) => Tensor) | undefined
  /** Recompute each block in the backward pass instead of storing its activations. */
  readonly recompute?: boolean
}

/** A handle on a path in the checkpoint, such as `model.layers.3.self_attn.q_proj`, where a layer is built. */
export interface Scope {
  at(name: string | number): Scope
  vector(name: string): Tensor1D
  matrix(name: string): Tensor2D
  /** A tensor of any rank. */
  tensor(name: string, rank: number): Tensor
  /** Whether this is a tensor of the checkpoint that receives no gradient. */
  isFrozen(tensor: Tensor): boolean
  /** x ↦ x Wᵀ, or the adapted layer at this path. `transposed`: the checkpoint stores W as (in, out). */
  project(options?: {readonly transposed?: boolean}): Project
  /** The layer's bias, where it has one, as the adapter at this path changes it. */
  bias(): Tensor1D | undefined
  /** Dropout of x (…, C) while training, else x ↦ x. */
  dropout(): (x: Tensor) => Tensor
  /** Dropout where it drops, else undefined, for an operation that is faster without. */
  activeDropout(): ((x: Tensor) => Tensor) | undefined
  /** A block of the model, which is recomputed in the backward pass where `recompute` is set. */
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
    at: name => scope(parameters, full(String(name))),
    vector: name => take(name, 1) as Tensor1D,
    matrix,
    tensor: take,
    isFrozen: tensor => Object.entries(tensors).some(([name, one]) => one === tensor && !trainable.includes(name)),
    project({transposed = false} = {}) {
      const attached = adapted?.(path, tensors)
      if (attached) return attached.project
      const weight = matrix('weight')
      return x => tf.matMul(x, weight, false, !transposed)
    },
    bias() {
      if (!(full('bias') in tensors)) return undefined
      const bias = take('bias', 1) as Tensor1D
      return adapted?.(path, tensors)?.bias(bias) ?? bias
    },
    dropout: () => dropped?.(path) ?? (x => x),
    activeDropout: () => dropped?.(path),
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

/** The shapes of a layer's weight and bias, if it has one. */
export const weightAndBias = (path: string, weight: Shape, biased = true): Record<string, Shape> => ({
  [`${path}.weight`]: weight,
  ...(biased && {[`${path}.bias`]: [weight[0]]}),
})
