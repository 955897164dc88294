import {COMMONSENSE} from './commonsense.ts'
import {GLUE} from './glue.ts'
import {gsm8k} from './gsm8k.ts'
import {imageTask} from './images.ts'
import {math} from './math.ts'
import type {AnyTask, GenerationTask, ImageTask} from './task.ts'

/** The tasks whose answers a causal model writes. */
export const WRITTEN = {gsm8k, math, ...COMMONSENSE} satisfies Record<
  string,
  GenerationTask<number> | GenerationTask<string>
>

/** CIFAR-100, Flowers-102, Food-101 and RESISC45 by their numbers of classes, and any images in folders. */
export const IMAGES = {
  cifar100: imageTask('cifar100', 100),
  flowers102: imageTask('flowers102', 102),
  food101: imageTask('food101', 101),
  resisc45: imageTask('resisc45', 45),
  images: imageTask('images'),
} satisfies Record<string, ImageTask>

/** All that a recipe can ask for, by name. */
export const TASKS = {...WRITTEN, ...GLUE, ...IMAGES} satisfies Record<string, AnyTask>
