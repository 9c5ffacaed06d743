/** The request headers that a static site reads, picked in one pass; `request.headers` would make an object of all. */

export interface SiteFields {
  acceptEncoding: string | undefined;
  ifMatch: string | undefined;
  ifNoneMatch: string | undefined;
  ifModifiedSince: string | undefined;
  ifUnmodifiedSince: string | undefined;
  ifRange: string | undefined;
  range: string | undefined;
}

export function readSiteFields(rawHeaders: readonly string[]): SiteFields {
  const fields: SiteFields = {
    acceptEncoding: undefined,
    ifMatch: undefined,
    ifNoneMatch: undefined,
    ifModifiedSince: undefined,
    ifUnmodifiedSince: undefined,
    ifRange: undefined,
    range: undefined,
  };
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] as string;
    const length = name.length;
    if (length !== 5 && length !== 8 && length !== 13 && length !== 15 && length !== 17 && length !== 19) continue;
    const value = rawHeaders[i + 1] as string;
    switch (name.toLowerCase()) {
      case 'accept-encoding':
        fields.acceptEncoding = joined(fields.acceptEncoding, value);
        break;
      case 'if-match':
        fields.ifMatch = joined(fields.ifMatch, value);
        break;
      case 'if-none-match':
        fields.ifNoneMatch = joined(fields.ifNoneMatch, value);
        break;
      case 'if-modified-since':
        fields.ifModifiedSince = value;
        break;
      case 'if-unmodified-since':
        fields.ifUnmodifiedSince = value;
        break;
      case 'if-range':
        fields.ifRange = value;
        break;
      case 'range':
        fields.range = joined(fields.range, value);
        break;
    }
  }
  return fields;
}

/** RFC 9110 §5.3: lines of one name are one list. */
function joined(before: string | undefined, value: string): string {
  return before === undefined ? value : `${before}, ${value}`;
}
