import {expect, test} from 'vitest'
import {normals, relativeError} from '../../../test/models/adapters.ts'
import {classifierNumbers, DINOV2, openImages} from '../../../test/models/classifiers.ts'
import {JS, ONNX, run} from '../../../test/models/engines.ts'
import {Fault} from '../../base/fault.ts'
import {type Named, totalSize} from '../../engine/program.ts'
import {random} from '../../tensor/random.ts'
import {type Tensor, tf} from '../../tensor/tf.ts'
import {unread} from '../../weights/names.ts'
import type {ModelConfig} from '../config.ts'
import {scope} from '../layers/scope.ts'
import {openModel} from '../open-model.ts'
import {readConfig} from './dinov2.ts'

test('keys that a config lacks take the values of transformers', () => {
  expect(readConfig({num_labels: 2})).toEqual({
    hiddenSize: 768,
    intermediateSize: 3072,
    layers: 12,
    heads: 12,
    channels: 3,
    image: [224, 224],
    patch: [14, 14],
    activation: 'gelu',
    normEps: 1e-6,
    qkvBias: true,
    labels: 2,
    dropout: {hidden: 0, attention: 0},
  })
})

test('dinov2-base has as many parameters as published, besides the head and the token of masked patches', () => {
  const {shapes} = openModel({model_type: 'dinov2', image_size: 518, num_labels: 2})
  expect(totalSize(shapes)).toBe(86_580_480 - 768 + 2 * 1536 + 2)
})

test('the token of masked patches is left out without a warning, as a classifier does not read it', () => {
  const layout = openModel(DINOV2)
  const stored = {dtype: 'float32', shape: [1, 12], bytes: () => new Uint8Array(48)} as never
  expect(unread({'dinov2.embeddings.mask_token': stored}, layout)).toEqual([])
})

test('a DINOv2 of images of another size has the same checkpoint, and trains all of its positions', async () => {
  const config = {...DINOV2, image_size: 9, patch_size: 3}
  const own = openImages(config)
  const model = own.resized?.({height: 13, width: 6}) ?? own
  expect(model).toMatchObject({image: [3, 13, 6], tokens: 9, shapes: own.shapes})
  expect(model.resized?.({height: 9, width: 9})).toMatchObject({image: own.image, tokens: own.tokens})

  const {[POSITIONS]: positions, ...others} = classifierNumbers(config)
  const step = ({positions, pixels, ...tensors}: Named<Tensor>) => {
    const loss = (value: Tensor) => {
      const all = {...tensors, [POSITIONS]: value}
      return tf.sum(tf.square(model.build(scope({tensors: all, trainable: Object.keys(all)})).logits(pixels)))
    }
    return {grad: tf.grad(loss)(positions)}
  }
  const feeds = {...others, positions, pixels: normals([2, 3, 13, 6], random(2, 'pixels'))}
  const [slow, fast] = [await run(JS, step, feeds), await run(ONNX, step, feeds)]
  expect(slow.grad).toHaveLength(10 * 12)
  expect(slow.grad.every(value => value !== 0)).toBe(true)
  expect(relativeError(fast.grad, slow.grad)).toBeLessThan(1e-5)
})

const POSITIONS = 'dinov2.embeddings.position_embeddings'

test('configs that are not implemented are refused', () => {
  const refused: readonly [ModelConfig, string][] = [
    [{image_size: [6, 9]}, 'image_size must be square, as other images need interpolated positions, not 6 × 9'],
    [{image_size: 2}, 'image_size must hold a patch of 3 × 2, not 2 × 2'],
    [{use_swiglu_ffn: true}, 'use_swiglu_ffn must be false: the gated MLP is not supported'],
    [{drop_path_rate: 0.1}, 'drop_path_rate must be 0, not 0.1: whole blocks are never dropped'],
    [{head_dim: 6}, 'head_dim must be hidden_size / heads, 4'],
    [{mlp_ratio: 2.5}, 'mlp_ratio must be a positive integer, not 2.5'],
    [{num_attention_heads: 5}, 'hidden_size must be a multiple of 5 heads, not 12'],
    [{is_causal: true}, 'is_causal must be false, not true'],
  ]
  for (const [change, message] of refused)
    expect(() => openModel({...DINOV2, ...change})).toThrow(new Fault('input', `config.json: ${message}`))
})
