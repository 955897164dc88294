import {readdir, readFile} from 'node:fs/promises'
import {join} from 'node:path'
import {Fault} from '../../src/base/fault.ts'
import {parseStrictObject} from '../../src/base/json.ts'
import {FILTERS} from '../../src/images/coefficients.ts'
import {type CropOptions, resizeAndCrop} from '../../src/images/crop.ts'
import {decode} from '../../src/images/decode.ts'
import {toPlanes} from '../../src/images/image.ts'
import {type Normalization, normalize} from '../../src/images/normalize.ts'
import {parseProcessorConfig} from '../../src/tasks/processor-config.ts'
import {lookUp} from '../look-up.ts'
import {judgeBy, type Measure, relativeError, worstDifference} from './measure.ts'
import {readTensors} from './tensors.ts'

type Preprocessing = CropOptions & Normalization

/** A case without settings has a preprocessor_config.json that crops. */
export interface ImageCase extends Partial<Preprocessing> {
  readonly tolerance?: Readonly<Record<string, number>>
}

/** Compares an image's pixels, decoded, resized and cropped (the largest difference, in byte steps), and normalized. */
export async function check(folder: string, golden: ImageCase): Promise<Measure[]> {
  const options = golden.filter === undefined ? await readOptions(folder) : (golden as Preprocessing)
  lookUp('filter', FILTERS, options.filter)
  const input = join(folder, (await readdir(folder)).find(name => name.startsWith('input.')) ?? 'input.png')
  const prepared = resizeAndCrop(await decode(await readFile(input), input), options)
  const values = normalize(toPlanes(prepared), options.width * options.height, options)
  const expected = await readTensors(join(folder, 'expected.safetensors'))
  const judge = judgeBy(golden.tolerance)
  return [
    judge('pixels', worstDifference([...prepared.pixels], [...(expected.pixels?.data ?? [])])),
    judge('pixel_values', relativeError(values, expected.pixel_values?.data)),
  ]
}

async function readOptions(folder: string): Promise<Preprocessing> {
  const file = join(folder, 'preprocessor_config.json')
  const {size, crop, ...settings} = parseProcessorConfig(parseStrictObject(await readFile(file), file), 'ViT')
  if (!crop) throw new Fault('input', `${file}: does not crop; give the settings in case.json`)
  return {...settings, ...crop, scaled: size}
}
