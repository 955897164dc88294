import {Fault} from '../base/fault.ts'
import type {ImageColumns} from '../images/parquet.ts'
import {readImages} from '../images/read.ts'
import type {ImageTask} from './task.ts'

interface ImageSettings {
  /** The number of classes, where the dataset fixes it. */
  readonly labels?: number
  readonly columns?: ImageColumns | undefined
}

/** Images by class, in any form that `readImages` reads. */
const task = (name: string, {labels, columns}: ImageSettings = {}): ImageTask => ({
  kind: 'images',
  name,
  family: 'vision',
  lengths: {trained: 1, prompt: 1, answer: 0},
  metric: 'accuracy',
  labels,
  async readExamples(path) {
    const list = await readImages(path, columns)
    if (labels === undefined || list.classes.length === labels) return list
    throw new Fault('input', `${path}: ${name} has ${labels} classes, not ${list.classes.length}`)
  },
})

/** The user's own images, in the columns that a recipe names. */
export const buildImages = (columns?: ImageColumns): ImageTask => task('images', {columns})

/** The columns of task `images` that `data.columns` can name. */
export const IMAGE_ROLES = ['image', 'label'] as const

/** CIFAR-100, Flowers-102, Food-101 and RESISC45 by their numbers of classes, and any images in folders. */
export const IMAGES = {
  cifar100: task('cifar100', {labels: 100}),
  flowers102: task('flowers102', {labels: 102}),
  food101: task('food101', {labels: 101}),
  resisc45: task('resisc45', {labels: 45}),
  images: buildImages(),
} satisfies Record<string, ImageTask>
