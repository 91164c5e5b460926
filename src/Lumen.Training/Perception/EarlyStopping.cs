namespace Lumen.Training.Perception;

/// <summary>When a run that no longer gains ends.</summary>
public sealed record EarlyStopping
{
    /// <summary>Steps between looks at the held-out pictures.</summary>
    public int Every { get; init; } = 100;

    /// <summary>Looks in a row without a new best after which the run ends.</summary>
    public int Patience { get; init; } = 4;

    /// <summary>Faults, in sentences.</summary>
    public IEnumerable<string> Faults()
    {
        if (Every < 1)
            yield return $"every must be 1 or more but is {Every}.";
        if (Patience < 1)
            yield return $"patience must be 1 or more but is {Patience}.";
    }

    internal void Validate(PerceptionOptions options)
    {
        var faults = Faults();
        if (options.OutputDir is not null)
            faults = faults.Append("a run with OutputDir trains all its steps: its checkpoints do not hold the best weights so far.");
        if (string.Join(" ", faults) is { Length: > 0 } text)
            throw new LumenException(LumenErrorKind.Option, $"The early stopping cannot be used: {text}");
    }
}
