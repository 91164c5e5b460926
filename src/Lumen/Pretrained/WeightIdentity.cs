namespace Lumen.Pretrained;

/// <summary>What a file of weights is, in words.</summary>
/// <param name="Kind">Its kind.</param>
/// <param name="Title">What it is: "a LoRA of kohya's trainers".</param>
/// <param name="Advice">Whether Lumen runs it and what to do, a whole sentence without its full stop; empty where there is nothing to
/// say.</param>
internal sealed record WeightIdentity(WeightKind Kind, string Title, string Advice)
{
    /// <summary>Both, for the middle of a sentence: "it is ...; ...".</summary>
    public string Described =>
        Kind == WeightKind.Unknown ? "nothing in its names is known to Lumen" : $"it is {Title}{(Advice.Length > 0 ? $"; {Advice}" : "")}";
}
