/** Where a secret is found on the PoP's own machine; the secret itself never travels. */
import { z } from 'zod';

export const secretReferenceSchema = z.union([
  z.strictObject({ env: z.string().min(1) }),
  z.strictObject({ file: z.string().min(1) }),
]);
export type SecretReference = z.infer<typeof secretReferenceSchema>;
