// The directive that a shader with 16-bit types begins with.
enable f16;
