using Lumen.Imaging;

namespace Lumen;

/// <summary>How far work has come: plain data that stays valid however late it is looked at, and that nobody disposes.</summary>
/// <param name="Stage">What is being done.</param>
/// <param name="Done">Parts, pictures or denoising steps that are done, 0...<paramref name="Total"/>.</param>
/// <param name="Total">How many there are, at least 1.</param>
public sealed record LumenProgress(LumenStage Stage, int Done, int Total)
{
    /// <summary>Share that is done, 0...1.</summary>
    public double Fraction => Done / (double)Total;

    internal Func<IReadOnlyList<Picture>>? Decode { get; init; }

    /// <summary>
    /// The pictures of the pass as they are after this step, decoded when they are asked for, on the caller's thread; that takes as long as
    /// decoding results does, and delays nothing else. May be called late, often, or never.
    /// </summary>
    /// <returns>Empty where nothing can be shown: while a model is opened, and once it is closed.</returns>
    public IReadOnlyList<Picture> Preview() => Decode?.Invoke() ?? [];

    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant($"{Stage} {Done}/{Total}");
}

/// <summary>What a pipeline is doing.</summary>
public enum LumenStage
{
    /// <summary>Files of the model and the adapter are read.</summary>
    Opening,

    /// <summary>A layout is read from a picture, or a condition drawn.</summary>
    Extracting,

    /// <summary>Pictures are generated; parts are denoising steps.</summary>
    Denoising,
}
