/**
 * Which right each operation of Azure OpenAI asks of a token, and whether the role "Cognitive Services OpenAI User" has it. Azure checks one data action
 * per call, below `Microsoft.CognitiveServices/accounts/OpenAI/`.
 *
 * Sources: the role's definition as `az role definition list` prints it, read 2026; the actions themselves from Azure's messages ("lacks the required
 * data action ..."). Those of responses are read, write and delete; for image edits none is published, and no pattern of the role could fit one.
 */
export const DATA_ACTIONS: Readonly<Record<string, { action: string; openAiUser: boolean }>> = {
  "/chat/completions": { action: "deployments/chat/completions/action", openAiUser: true },
  "/completions": { action: "deployments/completions/action", openAiUser: true },
  "/embeddings": { action: "deployments/embeddings/action", openAiUser: true },
  "/responses": { action: "responses/write", openAiUser: true },
  "/responses/input_tokens": { action: "responses/write", openAiUser: true },
  "/responses/compact": { action: "responses/write", openAiUser: true },
  "/images/generations": { action: "images/generations/action", openAiUser: true },
  "/images/edits": { action: "images/edits/action", openAiUser: false },
  "/audio/transcriptions": { action: "deployments/audio/action", openAiUser: true },
  "/audio/translations": { action: "deployments/audio/action", openAiUser: true },
  "/audio/speech": { action: "deployments/audio/action", openAiUser: true },
};

/** Models that edit pictures: what they can do is more than "Cognitive Services OpenAI User" allows. DALL-E has no edits on Azure. */
export const editsPictures = (model: string): boolean => /^gpt-image/i.test(model);
