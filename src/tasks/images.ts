import {Fault} from '../base/fault.ts'
import {readImages} from '../images/read.ts'
import type {ImageTask} from './task.ts'

/** Images by class, in any form that `readImages` reads; `labels` is the number of classes, where the dataset fixes it. */
const task = (name: string, labels?: number): ImageTask => ({
  kind: 'images',
  name,
  family: 'vision',
  lengths: {trained: 1, prompt: 1, answer: 0},
  metric: 'accuracy',
  labels,
  async readExamples(path) {
    const list = await readImages(path)
    if (labels === undefined || list.classes.length === labels) return list
    throw new Fault('input', `${path}: ${name} has ${labels} classes, not ${list.classes.length}`)
  },
})

/** CIFAR-100, Flowers-102, Food-101 and RESISC45 by their numbers of classes, and any images in folders. */
export const IMAGES = {
  cifar100: task('cifar100', 100),
  flowers102: task('flowers102', 102),
  food101: task('food101', 101),
  resisc45: task('resisc45', 45),
  images: task('images'),
} satisfies Record<string, ImageTask>
