namespace Lumen.Testing.Mutations;

/// <summary>A reader of files from outside.</summary>
/// <param name="Name">What the table calls it.</param>
/// <param name="File">The file that is damaged: full path of a sound one.</param>
/// <param name="Read">Reads it and uses what it got; the only exception is a sentence for the user.</param>
public sealed record MutationSubject(string Name, string File, Action Read)
{
    /// <summary>What one reading may allocate.</summary>
    public long Megabytes { get; init; } = 32;
}
