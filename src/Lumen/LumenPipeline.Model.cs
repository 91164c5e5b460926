using Lumen.Captioning;
using Lumen.Generation;
using Lumen.Imaging;
using Lumen.Models.Text;

namespace Lumen;

public sealed partial class LumenPipeline
{
    /// <summary>Short names of the samplers that <see cref="GenerationOptions.Scheduler"/> takes.</summary>
    public IReadOnlyList<string> Samplers => _opened.Model.Schedule.Samplers.ShortNames;

    /// <summary>What is known of the adapter's layouts; null where it reads none.</summary>
    public LayoutFacts? LayoutFacts =>
        _opened.Layouts?.Basis is { } basis
            ? new LayoutFacts(
                basis.Components,
                basis.Principal.ExplainedVarianceRatio,
                [.. basis.PositionCorrelations.Select(one => (one.X, one.Y))]
            )
            {
                Layer = basis.Source.Layer,
            }
            : null;

    /// <summary>
    /// Words that a model with a small vocabulary of its own has seen in its captions, the most frequent first; empty for a large
    /// vocabulary such as CLIP's.
    /// </summary>
    public IReadOnlyList<string> KnownWords => _opened.Model.Tokenizer.KnownWords();

    /// <summary>The phrases that prompt obedience is measured with; null where the model has no CLIP.</summary>
    public PhraseBook? ObediencePhrases => _opened.Obedience?.Phrases;

    /// <summary>What about a prompt will not do what its author means, in whole sentences: words that the model has never seen, a part that
    /// is cut off, syntax that other programs have.</summary>
    /// <param name="prompt">Any text.</param>
    public IReadOnlyList<string> PromptWarnings(string prompt)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        var (tokenizer, weighted) = (_opened.Model.Tokenizer, WeightedPrompt.Parse(prompt));
        var warnings = PromptSyntax.Warnings(prompt).Select(warning => $"Lumen {warning}.").ToList();
        if (tokenizer.Encode(weighted).Truncated is { } cut)
            warnings.Insert(
                0,
                $"The prompt is longer than the {tokenizer.MaxLength - 2} tokens that {Model} reads. This part is not used: \"{cut}\""
            );
        if (tokenizer.UnknownWords(weighted.Text) is { Count: > 0 } unknown)
            warnings.Add(
                $"{Model} has never seen {(unknown.Count == 1 ? "this word" : "these words")}: {string.Join(", ", unknown)}. It knows the "
                    + "words of its own captions only, so what they do to the picture is chance."
            );
        return warnings;
    }

    /// <summary>
    /// Whether a picture is of another kind than those that the model was trained on, as photographs are for a model of rendered streets:
    /// its layouts say little then.
    /// </summary>
    /// <param name="picture">Of any size.</param>
    /// <param name="stop">Stops what has not begun.</param>
    /// <exception cref="OperationCanceledException"><paramref name="stop"/> was signalled.</exception>
    /// <exception cref="ObjectDisposedException">The pipeline was closed.</exception>
    public Task<bool> IsForeignAsync(Picture picture, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(picture);
        return Run(
            _ =>
            {
                var (width, height) = _opened.Generator.NativeSizeOf(picture);
                var padded = Resizing.Pad(Resizing.Cover(picture, width, height), SizeMultiple).Picture;
                return ForeignPicture.Is(_opened.Model, padded);
            },
            stop
        );
    }
}

/// <summary>What is known of an adapter's layouts.</summary>
/// <param name="Components">N, how many components a layout has.</param>
/// <param name="ExplainedVariance">Share of the features' variance that each component keeps, 0...1.</param>
/// <param name="PositionCorrelations">Of the first components, Pearson correlation with the column and with the row, -1...1.</param>
public sealed record LayoutFacts(
    int Components,
    IReadOnlyList<double> ExplainedVariance,
    IReadOnlyList<(double Column, double Row)> PositionCorrelations
)
{
    /// <summary>Where in the network they are read: a block of the U-Net as <c>up_blocks[2]</c>, or several joined with <c>+</c>; of a
    /// vision transformer the number of a layer.</summary>
    public string Layer { get; init; } = "";
}
