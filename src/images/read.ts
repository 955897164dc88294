import {readdir, stat} from 'node:fs/promises'
import {basename, dirname} from 'node:path'
import {Fault} from '../base/fault.ts'
import {readCifar100} from './cifar100.ts'
import {readClassFolders} from './class-folders.ts'
import type {ImageColumns} from './parquet.ts'
import type {ImageList} from './source.ts'

/**
 * Lists the images of a path: parquet files (also a folder of them, or a path with a *), `train.bin` or `test.bin` of
 * CIFAR-100, or a folder with one subfolder a class. Only parquet files have the columns that `columns` names.
 */
export async function readImages(path: string, columns?: ImageColumns): Promise<ImageList> {
  if (/\.parquet$|[*?]/.test(path) || (await holdsParquet(path)))
    return (await import('./parquet.ts')).readParquetImages(path, columns)
  if (columns !== undefined) {
    const message = `${path}: data.columns is only for images in parquet files, which have columns; leave it out`
    throw new Fault('input', message, {at: ['data', 'columns']})
  }
  const split = /^(train|test)\.bin$/.exec(basename(path))?.[1]
  if (split === 'train' || split === 'test') return readCifar100(dirname(path), split)
  if ((await stat(path).catch(() => undefined))?.isFile()) {
    throw new Fault('input', `${path}: not images; known: .parquet, CIFAR-100's train.bin or test.bin, class folders`)
  }
  return readClassFolders(path)
}

async function holdsParquet(path: string): Promise<boolean> {
  const names = await readdir(path).catch(() => []) // not a folder: its reader reports what is wrong
  return names.some(name => name.endsWith('.parquet'))
}
