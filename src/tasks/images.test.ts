import {join} from 'node:path'
import {expect, test} from 'vitest'
import {classFolders} from '../../test/support/data-files.ts'
import {nameOf} from '../images/source.ts'
import {IMAGES} from './images.ts'
import type {ImageTask} from './task.ts'

const tasks: [string, ImageTask][] = Object.entries(IMAGES)

test.each(tasks)('%s bears the name it is listed under, and its score is accuracy', (name, task) => {
  expect(task).toMatchObject({kind: 'images', name, metric: 'accuracy'})
})

test.each(tasks)(
  '%s: every class of the dataset has an index, and the images are listed without being read',
  async (_, task) => {
    const count = task.labels ?? 3
    const folder = classFolders(count)
    const {classes, images} = await task.readExamples(folder)
    expect(classes).toHaveLength(count)
    expect(images.map(({label}) => label)).toEqual([...classes.keys()])
    expect(nameOf(images[2].source)).toBe(join(folder, classes[2], 'a.png'))
  },
)

test.each(tasks.filter(([, {labels}]) => labels !== undefined))(
  '%s: a source of another number of classes is another dataset',
  async (name, task) => {
    const path = classFolders(3)
    await expect(task.readExamples(path)).rejects.toMatchObject({
      kind: 'input',
      message: `${path}: ${name} has ${task.labels} classes, not 3`,
    })
  },
)

test('the class counts are those of the paper’s four datasets', () => {
  const known = Object.fromEntries(tasks.map(([name, {labels}]) => [name, labels]))
  expect(known).toEqual({cifar100: 100, flowers102: 102, food101: 101, resisc45: 45, images: undefined})
})

test('a dataset of the hub is read as well', async () => {
  const cifar = join(import.meta.dirname, '../../test/datasets/images/cifar.parquet')
  const {classes, images} = await IMAGES.images.readExamples(cifar)
  expect([classes, images.length]).toEqual([['ship', 'apple', 'kite'], 12])
})
