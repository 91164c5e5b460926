using Lumen.Imaging;
using Lumen.Models.Text;
using static TorchSharp.torch;

namespace Lumen.Captioning;

/// <summary>
/// Measures prompt obedience: in every group of phrases of which a prompt names one, the softmax of CLIP over the group (Radford et al.
/// 2021, section 3.1) gives that phrase a share against its rivals. May be used from several threads.
/// </summary>
public sealed class ObedienceEvaluator : IDisposable
{
    /// <summary>The file of phrases in the folder of a CLIP.</summary>
    public const string PhrasesFile = "phrases.toml";

    private const string ClipFolder = "clip",
        NoClip = "none";
    private const int Digits = 4;
    private readonly ClipModel _clip;
    private readonly PhraseScores _scores;
    private readonly Lock _computing = new();

    private ObedienceEvaluator(ClipModel clip, PhraseBook book) => (_clip, Phrases, _scores) = (clip, book, new PhraseScores(clip, book));

    /// <summary>The phrases that it tells apart.</summary>
    public PhraseBook Phrases { get; }

    /// <summary>SHA-256 of the CLIP's picture tower.</summary>
    public string ClipSha256 => _clip.WeightsHash;

    /// <summary>Opens a CLIP with its phrases.</summary>
    /// <param name="clip">A folder as <see cref="ClipModel.Open"/> takes it.</param>
    /// <param name="phrases">A file as <see cref="PhraseBookFile"/> reads it; null for <c>phrases.toml</c> in the folder.</param>
    /// <param name="device">Where it computes; null for the processor.</param>
    /// <exception cref="LumenException">One of them is missing or cannot be used.</exception>
    public static ObedienceEvaluator Open(string clip, string? phrases = null, Device? device = null)
    {
        var own = Path.Combine(clip, PhrasesFile);
        if (phrases is null && Directory.Exists(clip) && !File.Exists(own))
            throw new LumenException(
                LumenErrorKind.Option,
                $"There is no {PhrasesFile} in {clip}, so it is not known what pictures are asked about. Give `Phrases` a TOML file with "
                    + "a table a group, as docs/captions.md describes it."
            );
        var network = ClipModel.Open(clip, device);
        try
        {
            return new ObedienceEvaluator(network, PhraseBookFile.Read(phrases ?? own));
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }

    /// <summary>Opens the CLIP that goes with a model: the one that is given, or the model's own.</summary>
    /// <param name="model">The model's folder; its own CLIP is the folder <c>clip</c> in it, with <c>phrases.toml</c>.</param>
    /// <param name="clip">Another CLIP, <c>none</c> for no figure, or null for the model's own.</param>
    /// <param name="phrases">Other phrases; null for those in the CLIP's folder.</param>
    /// <param name="device">Where it computes; null for the processor.</param>
    /// <returns>Null where there is none: then there is no figure.</returns>
    /// <exception cref="LumenException">What was given is missing or cannot be used.</exception>
    public static ObedienceEvaluator? ForModel(string model, string? clip = null, string? phrases = null, Device? device = null)
    {
        if (clip == NoClip)
            return null;
        if (clip is not null)
            return Open(clip, phrases, device);
        var own = Path.Combine(model, ClipFolder);
        if (File.Exists(Path.Combine(own, "config.json")) && (phrases is not null || File.Exists(Path.Combine(own, PhrasesFile))))
            return Open(own, phrases, device);
        return phrases is null
            ? null
            : throw new LumenException(
                LumenErrorKind.Option,
                $"{model} has no CLIP of its own that could choose among the phrases. Give `Clip` one, or leave `Phrases` out."
            );
    }

    /// <summary>Whether a prompt names a phrase of any group.</summary>
    /// <param name="prompt">With emphasis in brackets, as prompts are written.</param>
    public bool Asks(string prompt) => Phrases.Groups.Any(group => group.NamedIn(WeightedPrompt.Parse(prompt).Text).Count > 0);

    /// <summary>Looks at a picture once, for any number of prompts.</summary>
    /// <param name="picture">Of any size; its middle square is seen.</param>
    public PhraseShares Look(Picture picture)
    {
        lock (_computing)
            return new PhraseShares(_scores.Of([picture])[0]); // alone: a figure must not depend on its neighbours in a pass
    }

    /// <summary>How far a picture obeys a prompt.</summary>
    /// <param name="prompt">With emphasis in brackets, as prompts are written.</param>
    /// <param name="picture">What <see cref="Look"/> gave for the picture.</param>
    /// <param name="reference">The same of the picture that the layout came from; null for none.</param>
    /// <returns>Null where the prompt names no phrase. Shares are rounded to four digits.</returns>
    public PromptObedience? Of(string prompt, PhraseShares picture, PhraseShares? reference = null)
    {
        var text = WeightedPrompt.Parse(prompt).Text;
        List<ObeyedPhrase> obeyed = [];
        foreach (var (index, group) in Phrases.Groups.Index())
        {
            var named = group.NamedIn(text);
            if (named.Count == 0)
                continue;
            var shares = picture.Groups[index];
            obeyed.Add(
                new ObeyedPhrase(
                    group.Name,
                    string.Join(" or ", named.Select(one => group.Phrases[one])),
                    Share(shares),
                    reference is null ? null : Share(reference.Groups[index]),
                    group.Phrases[Array.IndexOf(shares, shares.Max())]
                )
            );

            double Share(float[] all) => Math.Min(1, Math.Round(named.Sum(one => (double)all[one]), Digits));
        }
        return obeyed.Count == 0 ? null : new PromptObedience(obeyed, ClipSha256);
    }

    /// <summary>How far a picture obeys a prompt.</summary>
    /// <param name="prompt">With emphasis in brackets, as prompts are written.</param>
    /// <param name="picture">Of any size.</param>
    /// <param name="reference">The picture that the layout came from; null for none.</param>
    /// <returns>Null where the prompt names no phrase.</returns>
    public PromptObedience? Of(string prompt, Picture picture, Picture? reference = null) =>
        Asks(prompt) ? Of(prompt, Look(picture), reference is null ? null : Look(reference)) : null;

    /// <inheritdoc/>
    public void Dispose()
    {
        _scores.Dispose();
        _clip.Dispose();
    }
}
