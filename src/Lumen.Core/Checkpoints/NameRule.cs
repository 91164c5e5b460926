namespace Lumen.Core.Checkpoints;

/// <summary>One row of a <see cref="NameTable"/>: a module, with everything below it, or a single tensor.</summary>
/// <param name="Model">Name in the model, without a dot at the end: <c>down_blocks.0.resnets.0.norm1</c>.</param>
/// <param name="Stored">Name in the file, without the part's prefix: <c>input_blocks.1.0.in_layers.0</c>.</param>
/// <param name="Share">Which of <paramref name="Shares"/> equal shares of the stored tensor the model's is, from 0.</param>
/// <param name="Shares">Into how many the stored tensor is cut along its first axis.</param>
public sealed record NameRule(string Model, string Stored, int Share = 0, int Shares = 1);
