import {mkdtemp, readFile, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {gunzipSync} from 'node:zlib'
import {random} from '../../../src/tensor/random.ts'
import {unpackWheel, type Wheel} from '../../pypi.ts'
import type {Drawings} from './images.ts'

const SEED = 13
const TEST = 1000
const SIDE = 8

/**
 * The 1,797 scans, which every version contains, are the test set of UCI's Optical Recognition of Handwritten Digits.
 */
const SCIKIT_LEARN: Wheel = {
  name: 'scikit-learn',
  file: 'scikit_learn-1.9.1-cp311-cp311-manylinux_2_27_x86_64.manylinux_2_28_x86_64.whl',
  sha256: '52a0703bbc07ad27f560fa63fa68e4c54dd735bfbbf65b4dd3c225dc7547b6df',
}
const NAME = 'sklearn/datasets/data/digits.csv.gz'

/** Reads the handwritten digits, 8 × 8, dark on white, split into train and test. */
export async function readDigits(): Promise<Readonly<Record<'train' | 'test', Drawings>>> {
  const lines = (await download()).trim().split('\n')
  const images = lines.map(line => {
    const numbers = line.split(',').map(Number) // 64 shares of ink from 0 to 16, then the digit
    return {label: numbers[64], grey: Uint8Array.from(numbers.slice(0, 64), ink => 255 - Math.round((255 * ink) / 16))}
  })
  const order = [...random(SEED, 'vision-mini/digits').permutation(images.length)]
  const dealt = (places: readonly number[]): Drawings => ({
    classes: Array.from({length: 10}, (_, digit) => String(digit)),
    side: SIDE,
    images: places.toSorted((a, b) => images[a].label - images[b].label || a - b).map(i => images[i]),
  })
  return {train: dealt(order.slice(TEST)), test: dealt(order.slice(0, TEST))}
}

async function download(): Promise<string> {
  const scratch = await mkdtemp(join(tmpdir(), 'svft-digits-'))
  try {
    const out = join(scratch, 'digits')
    const pathOf = (name: string) => (name === NAME ? 'digits.csv.gz' : undefined)
    await unpackWheel(SCIKIT_LEARN, {pathOf, out, printLine: () => {}})
    return gunzipSync(await readFile(join(out, 'digits.csv.gz'))).toString()
  } finally {
    await rm(scratch, {recursive: true, force: true})
  }
}
