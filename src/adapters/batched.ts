import {groupBy} from '../base/collections.ts'
import type {Named} from '../engine/program.ts'
import {type Tensor, tf} from '../tensor/tf.ts'

/**
 * Applies `op` to the rows (K, …) of several modules' tensors in one batch, or in one for each shape of these rows, and returns each
 * module's share of the result. A graph of many modules then has no more nodes than that of one.
 */
export function batched<Tensors extends Named<Tensor>>(
  modules: readonly Tensors[],
  op: (rows: Tensors) => Tensor,
): Tensor[] {
  const results: Tensor[] = []
  for (const [, members] of groupBy([...modules.entries()], ([, tensors]) => rowShapes(tensors))) {
    const names = Object.keys(members[0][1])
    const joined = names.map(name => [name, tf.concat(members.map(([, tensors]) => tensors[name]))])
    const counts = members.map(([, tensors]) => tensors[names[0]].shape[0])
    const shares = tf.split(op(Object.fromEntries(joined)), counts)
    for (const [share, [i]] of members.entries()) results[i] = shares[share]
  }
  return results
}

const rowShapes = (tensors: Named<Tensor>) =>
  Object.values(tensors)
    .map(({shape}) => shape.slice(1))
    .join(' ')
