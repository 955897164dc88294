import {readdir, readFile} from 'node:fs/promises'
import {join} from 'node:path'
import {FILTERS, type Filter} from '../../src/images/coefficients.ts'
import {decode} from '../../src/images/decode.ts'
import {toPlanes} from '../../src/images/image.ts'
import {type Normalization, normalize} from '../../src/images/normalize.ts'
import {resize} from '../../src/images/resize.ts'
import {lookUp} from '../look-up.ts'
import {judgeBy, type Measure, relativeError, worstDifference} from './measure.ts'
import {readTensors} from './tensors.ts'

export interface ImageCase extends Normalization {
  readonly width: number
  readonly height: number
  readonly filter: Filter
  readonly tolerance?: Readonly<Record<string, number>>
}

/** Compares an image's pixels, decoded and resized (the largest difference, in byte steps), and normalized. */
export async function check(folder: string, golden: ImageCase): Promise<Measure[]> {
  lookUp('filter', FILTERS, golden.filter)
  const input = join(folder, (await readdir(folder)).find(name => name.startsWith('input.')) ?? 'input.png')
  const scaled = resize(await decode(await readFile(input), input), golden)
  const values = normalize(toPlanes(scaled), golden.width * golden.height, golden)
  const expected = await readTensors(join(folder, 'expected.safetensors'))
  const judge = judgeBy(golden.tolerance)
  return [
    judge('pixels', worstDifference([...scaled.pixels], [...(expected.pixels?.data ?? [])])),
    judge('pixel_values', relativeError(values, expected.pixel_values?.data)),
  ]
}
