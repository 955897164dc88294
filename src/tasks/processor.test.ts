import {writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {openFolder} from '../../test/support/cleanup.ts'
import {readProcessor, USUAL} from './processor.ts'

const folder = openFolder()
const file = join(folder, 'preprocessor_config.json')
const size = {width: 7, height: 4}

async function read(value: unknown) {
  await writeFile(file, typeof value === 'string' ? value : JSON.stringify(value))
  return readProcessor(folder, size)
}

test('without a preprocessor_config.json, images are scaled bilinearly, with a mean and a deviation of 0.5', async () => {
  expect(await readProcessor(join(folder, 'none'), size)).toEqual(USUAL)
  expect(await read({})).toEqual(USUAL)
  expect(await read({do_normalize: true, size: null, image_mean: null})).toEqual(USUAL)
})

test('mean, deviation and filter are those of the file', async () => {
  const imagenet = {mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225]}
  const config = {image_processor_type: 'ViTImageProcessor', do_resize: true, do_rescale: true, size, resample: 3}
  expect(await read({...config, rescale_factor: 1 / 255, image_mean: imagenet.mean, image_std: imagenet.std})).toEqual({
    filter: 'bicubic',
    ...imagenet,
  })
  const plain = {filter: 'bicubic', mean: [0, 0, 0], std: [1, 1, 1]}
  for (const no of [false, null])
    expect(await read({...config, do_normalize: no, do_center_crop: no, do_pad: no})).toEqual(plain)
})

test.each([
  [{size: 224}, 'size: the model reads 4 × 7, not 224 × 224'],
  [{size: {height: 7, width: 4}}, 'size: the model reads 4 × 7, not 7 × 4'],
  [{size: {shortest_edge: 4}}, 'size: must be {height, width} or one number, not {"shortest_edge":4}'],
  [{resample: 1}, 'resample: must be 2, bilinear, or 3, bicubic, not 1'],
  [{image_mean: [0.5]}, 'image_mean: must be three numbers, not [0.5]'],
  [{image_std: [1, 0, 1]}, 'image_std.1: '],
  [{rescale_factor: 1}, 'rescale_factor: must be 1 / 255, not 1'],
  [{do_resize: false}, 'do_resize: must be true, since images have many sizes, not false'],
  [{do_resize: null}, 'do_resize: must be true, since images have many sizes, not null'],
  [{do_rescale: null}, 'do_rescale: must be true, since pixels are divided by 255, not null'],
  [{do_pad: true}, 'do_pad: must be false, since images are not padded, not true'],
  [{do_center_crop: true}, 'do_center_crop: must be false, since images are not cropped, not true'],
  [
    {image_processor_type: 'CLIPImageProcessor'},
    'image_processor_type: must be ViTImageProcessor, ViTImageProcessorFast, ViTImageProcessorPil, ' +
      'ViTFeatureExtractor, not "CLIPImageProcessor"',
  ],
  ['[]', 'not a JSON object: []'],
])('%j is refused', async (value, message) => {
  await expect(read(value)).rejects.toMatchObject({
    kind: 'input',
    message: expect.stringContaining(`${file}: ${message}`),
  })
})

test('one number is the size of a square, unless the file says that it is that of the shorter side', async () => {
  const square = {width: 4, height: 4}
  await writeFile(file, '{"size": 4}')
  expect(await readProcessor(folder, square)).toEqual(USUAL)
  await writeFile(file, '{"size": 4, "default_to_square": false}')
  await expect(readProcessor(folder, square)).rejects.toThrow(
    'default_to_square: must be true, since images are scaled to 4 × 4',
  )
})
