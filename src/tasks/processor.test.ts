import {writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {DINOV2, openImages, VIT} from '../../test/models/classifiers.ts'
import {openFolder} from '../../test/support/cleanup.ts'
import type {ImageModel} from '../models/model.ts'
import {fitProcessor, USUAL} from './processor.ts'

const folder = openFolder()
const file = join(folder, 'preprocessor_config.json')
const size = {width: 7, height: 4}
const vit = openImages(VIT)
const dinov2 = openImages({...DINOV2, image_size: 9, patch_size: 3})

async function open(value: unknown, model: ImageModel = vit) {
  await writeFile(file, typeof value === 'string' ? value : JSON.stringify(value))
  return fitProcessor(model, folder)
}

const read = async (value: unknown, model?: ImageModel) => (await open(value, model)).processor

test('without a preprocessor_config.json, images are scaled bilinearly, with a mean and a deviation of 0.5', async () => {
  expect(await fitProcessor(vit, join(folder, 'none'))).toEqual({model: vit, processor: USUAL})
  expect(await read({})).toStrictEqual(USUAL)
  expect(await read({do_normalize: true, size: null, image_mean: null})).toStrictEqual(USUAL)
})

test('mean, deviation and filter are those of the file', async () => {
  const imagenet = {mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225]}
  const config = {image_processor_type: 'ViTImageProcessor', do_resize: true, do_rescale: true, size, resample: 3}
  expect(
    await read({...config, rescale_factor: 1 / 255, image_mean: imagenet.mean, image_std: imagenet.std}),
  ).toStrictEqual({filter: 'bicubic', ...imagenet})
  const plain = {filter: 'bicubic', mean: [0, 0, 0], std: [1, 1, 1]}
  for (const no of [false, null])
    expect(await read({...config, do_normalize: no, do_center_crop: no, do_pad: no})).toStrictEqual(plain)
})

test('images that are cropped are scaled to another size first', async () => {
  const crop = {do_center_crop: true, crop_size: size}
  expect(await read({...crop, size: {shortest_edge: 5}})).toStrictEqual({...USUAL, scaled: {shortestEdge: 5}})
  expect(await read({...crop, size: {height: 5, width: 8}})).toStrictEqual({...USUAL, scaled: {height: 5, width: 8}})
  expect(await read({...crop, size: 9})).toStrictEqual({...USUAL, scaled: {height: 9, width: 9}})
  expect(await read({...crop, size: 9, default_to_square: false})).toStrictEqual({...USUAL, scaled: {shortestEdge: 9}})
  expect(await read({...crop, size})).toStrictEqual(USUAL)
})

const DEIT = {filter: 'bicubic', mean: USUAL.mean, std: USUAL.std, scaled: {height: 256, width: 256}}
const BIT = {
  filter: 'bicubic',
  mean: [0.48145466, 0.4578275, 0.40821073],
  std: [0.26862954, 0.26130258, 0.27577711],
  scaled: {shortestEdge: 224},
}

test.each([
  ['DeiTFeatureExtractor', DEIT],
  ['DeiTImageProcessor', DEIT],
  ['BitImageProcessorFast', BIT],
  ['CLIPImageProcessor', BIT],
  ['CLIPFeatureExtractor', BIT],
])('%s has the defaults of its class', async (kind, expected) => {
  const key = kind.endsWith('Extractor') ? 'feature_extractor_type' : 'image_processor_type'
  const model = openImages({...VIT, image_size: 224, patch_size: 16})
  for (const square of [{}, {default_to_square: true}, {default_to_square: false}])
    expect(await read({[key]: kind, ...square}, model)).toStrictEqual(expected)
})

test('a file without a class is read as one of the class that transformers takes for the model', async () => {
  const sides = {height: 224, width: 224}
  const own = {mean: [0.1, 0.2, 0.3], std: [0.4, 0.5, 0.6]}
  expect(await read({}, dinov2)).toStrictEqual({...BIT, size: sides})
  const normalized = {image_mean: own.mean, image_std: own.std}
  expect(await read(normalized, dinov2)).toStrictEqual({...BIT, ...own, size: sides})
  const deit = openImages({...VIT, model_type: 'deit', image_size: 224, patch_size: 16})
  expect(await read({}, deit)).toStrictEqual(DEIT)
  expect(await read({image_processor_type: 'ViTImageProcessor'}, dinov2)).toStrictEqual(USUAL)
})

test('a DINOv2 reads images of the size to which they are cropped or scaled', async () => {
  const read = (config: object) => open({image_processor_type: 'ViTImageProcessor', ...config}, dinov2)
  const cropped = await read({do_center_crop: true, crop_size: 6, size: {shortest_edge: 8}})
  expect(cropped.processor).toStrictEqual({...USUAL, scaled: {shortestEdge: 8}, size: {height: 6, width: 6}})
  expect(cropped.model).toMatchObject({image: [3, 6, 6], tokens: 5, shapes: dinov2.shapes})
  const scaled = await read({size: {height: 12, width: 7}})
  expect(scaled.processor).toStrictEqual({...USUAL, size: {height: 12, width: 7}})
  expect(scaled.model).toMatchObject({image: [3, 12, 7], tokens: 9})
  expect(await read({size: 9})).toEqual({model: dinov2, processor: USUAL})
})

test('a size that a model cannot read is refused', async () => {
  const refusals = [
    [vit, {size: 224}, 'size: the model reads 4 × 7, not 224 × 224'],
    [vit, {size: {height: 7, width: 4}}, 'size: the model reads 4 × 7, not 7 × 4'],
    [vit, {do_center_crop: true, size: 5, crop_size: 4}, 'crop_size: the model reads 4 × 7, not 4 × 4'],
    [dinov2, {do_center_crop: false, size: {height: 9, width: 2}}, 'size: images of 9 × 2 hold no patch of 3 × 3'],
    [
      openImages(DINOV2),
      {do_center_crop: false, size: 8, default_to_square: true},
      'size: images of 8 × 8 need interpolated positions, but those of the checkpoint are 2 × 3, not square',
    ],
  ] as const
  for (const [model, config, message] of refusals)
    await expect(open(config, model)).rejects.toMatchObject({kind: 'input', message: `${file}: ${message}`})
})

test.each([
  [
    {size: {shortest_edge: 4}},
    'size: must be {height, width}: images scaled by their shorter edge have many sizes, unless do_center_crop is true',
  ],
  [
    {size: {shortest_edge: 4, longest_edge: 8}},
    'size: must be {height, width}, {shortest_edge} or one number, not {"shortest_edge":4,"longest_edge":8}',
  ],
  [{do_center_crop: true, size}, 'crop_size: is missing, although do_center_crop is true'],
  [{do_center_crop: true, crop_size: size}, 'size: is missing, although do_center_crop is true'],
  [{crop_size: {shortest_edge: 4}}, 'crop_size: must be {height, width} or one number, not {"shortest_edge":4}'],
  [{crop_size: 32769}, 'crop_size: must be from 1 to 32768, not 32769'],
  [{size: 0}, 'size: must be from 1 to 32768, not 0'],
  [{do_center_crop: 1}, 'do_center_crop: must be true or false, not 1'],
  [{resample: 1}, 'resample: must be 2, bilinear, or 3, bicubic, not 1'],
  [{image_mean: [0.5]}, 'image_mean: must be three numbers, not [0.5]'],
  [{image_std: [1, 0, 1]}, 'image_std.1: '],
  [{rescale_factor: 1}, 'rescale_factor: must be 1 / 255, not 1'],
  [{do_resize: false}, 'do_resize: must be true, since images have many sizes, not false'],
  [{do_resize: null}, 'do_resize: must be true, since images have many sizes, not null'],
  [{do_rescale: null}, 'do_rescale: must be true, since pixels are divided by 255, not null'],
  [{do_pad: true}, 'do_pad: must be false, since images are not padded, not true'],
  [
    {image_processor_type: 'BeitImageProcessor'},
    'image_processor_type: must be ViTImageProcessor, DeiTImageProcessor, BitImageProcessor, CLIPImageProcessor, not "BeitImageProcessor"',
  ],
  [{use_square_size: true}, 'use_square_size: must be false, since images are scaled as size says, not true'],
  ['[]', 'not a JSON object: []'],
])('%j is refused', async (value, message) => {
  await expect(open(value)).rejects.toMatchObject({
    kind: 'input',
    message: expect.stringContaining(`${file}: ${message}`),
  })
})

test('one number is the size of a square, unless the file says that it is that of the shorter edge', async () => {
  const square = openImages({...VIT, image_size: 4})
  expect(await read({size: 4}, square)).toStrictEqual(USUAL)
  await expect(open({size: 4, default_to_square: false}, square)).rejects.toThrow('size: must be {height, width}')
})
