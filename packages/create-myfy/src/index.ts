// The public names of create-myfy.

// Errors
export { CreateError } from './errors.ts'
// Building the templates
export { pinVersions, withoutDevDependencies } from './manifest.ts'
export { projectName, withProjectName } from './naming.ts'
// Creating a project
export { createProject, type Project, type ProjectOptions } from './project.ts'
export { isTemplateFile, templateContent } from './reference-app.ts'
export { defaultTemplate, type TemplateName, templates } from './templates.ts'
export { type CopyOptions, copyTree, restored, stored } from './tree.ts'
