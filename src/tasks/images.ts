import {stat} from 'node:fs/promises'
import {basename, dirname} from 'node:path'
import {Fault} from '../engine/fault.ts'
import {readCifar100} from '../images/cifar100.ts'
import {readClassFolders} from '../images/class-folders.ts'
import type {ImageList} from '../images/list.ts'
import {readFault} from '../images/source.ts'
import type {ImageTask} from './task.ts'

/** Images by their classes, in folders or in CIFAR-100's own files; `labels` classes, where the dataset has so many. */
export const imageTask = (name: string, labels?: number): ImageTask => ({
  kind: 'images',
  name,
  metric: 'accuracy',
  ...(labels === undefined ? {} : {labels}),
  async readExamples(path) {
    const list = await readImages(path)
    if (labels === undefined || list.classes.length === labels) return list
    throw new Fault('input', `${path}: ${name} has ${labels} classes, here are ${list.classes.length}`)
  },
})

/** A folder of class folders, or `train.bin` or `test.bin` of CIFAR-100's binary version. */
async function readImages(path: string): Promise<ImageList> {
  const found = await stat(path).catch(error => Promise.reject(readFault(path, error)))
  if (found.isDirectory()) return readClassFolders(path)
  const name = basename(path)
  if (name === 'train.bin' || name === 'test.bin')
    return readCifar100(dirname(path), name === 'train.bin' ? 'train' : 'test')
  throw new Fault('input', `${path}: neither a folder of class folders nor train.bin or test.bin of CIFAR-100`)
}
