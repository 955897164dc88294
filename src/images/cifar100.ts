import {join} from 'node:path'
import {Fault} from '../base/fault.ts'
import {readWhole} from '../base/read-file.ts'
import type {ImageList, LabelledImage} from './source.ts'

/**
 * Reads a split of CIFAR-100's binary version (Krizhevsky 2009): `train.bin` or `test.bin`, with records of 3074 bytes (a
 * coarse label, a fine label, 3 × 32 × 32 pixels), and `fine_label_names.txt` in the same folder. Labels are the fine ones.
 */
export async function readCifar100(folder: string, split: 'train' | 'test'): Promise<ImageList> {
  const classes = await readNames(join(folder, 'fine_label_names.txt'))
  const file = join(folder, `${split}.bin`)
  const bytes = await readWhole(file, {most: 2 ** 28})
  const fault = (problem: string) => new Fault('input', `${file}: ${problem}`)
  if (bytes.length === 0 || bytes.length % RECORD !== 0)
    throw fault(`${bytes.length} bytes, not a multiple of the record size ${RECORD}; if it is truncated, copy it again`)
  const images: LabelledImage[] = []
  for (let start = 0; start < bytes.length; start += RECORD) {
    const label = bytes[start + 1]
    if (label >= classes.length)
      throw fault(`record ${start / RECORD}: the fine label is above ${classes.length - 1}: ${label}`)
    const at = {file, offset: start + LABELS, bytes: RECORD - LABELS}
    images.push({source: {at, planes: {width: SIDE, height: SIDE}}, label})
  }
  return {classes, images}
}

async function readNames(file: string): Promise<string[]> {
  const bytes = await readWhole(file, {most: 100_000})
  const names = Buffer.from(bytes)
    .toString()
    .split(/\r?\n/)
    .filter(name => name !== '')
  if (names.length === CLASSES) return names
  throw new Fault('input', `${file}: ${names.length} class names; ${CLASSES} are needed`)
}

const CLASSES = 100
const SIDE = 32
const LABELS = 2
const RECORD = LABELS + 3 * SIDE * SIDE
