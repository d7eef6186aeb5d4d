// The public names of create-myfy.

// Errors
export { CreateError } from './errors.ts'

// What it is made of
export { nameProject, pinVersions, projectName } from './manifest.ts'
// Making a project
export { createProject, type Project, type ProjectOptions } from './project.ts'
export { type CopyOptions, copyTree, restored, stored } from './tree.ts'
