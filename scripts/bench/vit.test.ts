import {expect, test} from 'vitest'
import {lora} from '../../src/adapters/lora.ts'
import {plan} from '../../src/adapters/plan.ts'
import {openJs} from '../../src/engine/js.ts'
import {openOnnx} from '../../src/engine/onnx.ts'
import {type Engine, type Shape, size} from '../../src/engine/program.ts'
import {random} from '../../src/tensor/random.ts'
import {layout} from '../../src/train/layout.ts'
import {readTensor} from '../../src/weights/safetensors.ts'
import {relativeError} from '../../test/adapters.ts'
import {type VitConfig, vitShapes, vitTokens} from './vit.ts'
import {vitStep} from './vit-subject.ts'

const SMALL: VitConfig = {image: 8, patch: 4, hiddenSize: 12, intermediateSize: 20, layers: 2, heads: 3, labels: 5}
const shapes = vitShapes(SMALL)
const adapted = plan(shapes, {
  adapter: lora({rank: 2, alpha: 4}),
  targets: ['query', 'key', 'value', 'dense'],
  whole: ['classifier.weight', 'classifier.bias'],
})
const slots = layout(Object.entries(adapted.trainable).map(([name, shape]) => ({name, shape})))

test('a ViT-B has the parameters of google/vit-base-patch16-224, but for its labels', () => {
  const config = {image: 224, patch: 16, hiddenSize: 768, intermediateSize: 3072, layers: 12, heads: 12, labels: 1000}
  const total = Object.values(vitShapes(config)).reduce((sum, shape) => sum + size(shape), 0)
  expect(total).toBe(86_567_656)
  expect(vitTokens(config)).toBe(197)
})

test('the loss and gradient of a ViT are the same on both engines, recomputed or not', async () => {
  const reference = await step(openJs({read: readTensor}), false)
  expect(reference.loss[0]).toBeGreaterThan(0)
  expect(reference.grad.some(g => Math.abs(g) > 1e-3)).toBe(true)
  for (const recompute of [false, true]) {
    const {loss, grad} = await step(openOnnx({threads: 1}), recompute)
    expect(relativeError(loss, reference.loss)).toBeLessThan(1e-5)
    expect(relativeError(grad, reference.grad)).toBeLessThan(1e-4)
  }
})

async function step(engine: Engine, recompute: boolean) {
  const weights = Object.fromEntries(
    Object.entries(shapes).map(
      ([name, shape]) => [name, {dtype: 'float32', shape, at: {data: draw(name, shape)}}] as const,
    ),
  )
  const frozen = Object.fromEntries(Object.entries(weights).filter(([name]) => !adapted.whole.includes(name)))
  const inputs = {
    theta: {dtype: 'float32', shape: [slots.size]},
    pixels: {dtype: 'float32', shape: [2, 3, 8, 8]},
    labels: {dtype: 'int32', shape: [2]},
  } as const
  const program = await engine.compile(vitStep(SMALL, {plan: adapted, layout: slots, recompute}), {
    inputs,
    weights: frozen,
  })
  const feeds = {
    theta: draw('theta', inputs.theta.shape),
    pixels: draw('pixels', inputs.pixels.shape),
    labels: Int32Array.of(3, 1),
  }
  const {loss, grad} = (await program.run(feeds)) as Record<string, Float32Array>
  await program.dispose()
  return {loss, grad}
}

function draw(name: string, shape: Shape): Float32Array {
  const stream = random(1, name)
  return Float32Array.from({length: size(shape)}, () => 0.5 * stream.normal())
}
