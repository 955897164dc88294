import {mapValues} from '../../base/collections.ts'
import {type Named, type Shape, size} from '../../engine/program.ts'
import type {Head} from '../../models/classifier.ts'
import type {InitialValues} from '../../models/model.ts'
import type {Random} from '../../tensor/random.ts'
import {modulePath} from '../../weights/names.ts'

/** Draws a tensor of a classifier's head: a weight from a normal distribution, truncated where `within` says so; a gain is 1, and a bias 0. */
export function drawHead(name: string, shape: Shape, {head, random}: {head: Head; random: Random}): Float32Array {
  const values = new Float32Array(size(shape))
  const path = modulePath(name)
  if (shape.length === 1) return name === `${path}.weight` ? values.fill(1) : values
  const {within} = head
  const deviation = head.deviations?.[path] ?? head.deviation
  return values.map(() => {
    let drawn = random.normal()
    while (Math.abs(drawn) > within) drawn = random.normal()
    return deviation * drawn
  })
}

/**
 * Draws a model's tensors as its authors do: weights from N(0, deviation²), gains 1, biases 0, where the model names no other
 * values; a classifier's head is drawn from its own distribution.
 */
export function drawTensors(
  {shapes, head, initial: {gain = 1, scale = () => 1} = {}}: DrawnModel,
  {deviation, random}: {deviation: number; random: Random},
): Record<string, Float32Array> {
  return mapValues(shapes, (shape, name) => {
    const stream = random.fork(name)
    if (head?.paths.some(path => name.startsWith(`${path}.`))) return drawHead(name, shape, {head, random: stream})
    const values = new Float32Array(size(shape))
    const spread = deviation * scale(name)
    if (shape.length > 1) for (let i = 0; i < values.length; i++) values[i] = spread * stream.normal()
    else if (name.endsWith('.weight')) values.fill(gain)
    return values
  })
}

interface DrawnModel {
  readonly shapes: Named<Shape>
  readonly head?: Head
  readonly initial?: InitialValues
}
