using Lumen.Captioning;
using Lumen.Core.Tensors;
using Lumen.Imaging;
using Lumen.Scenes;

namespace Lumen.Research.Evaluation;

/// <summary>
/// Is every look what the prompt asks for? One more picture of each reference, of a prompt that names another time of day, weather and
/// colour of the houses than its own; classifiers that learnt from real renders tell whether each is there. The ceiling is what they tell
/// of real renders of those streets in those looks. Where the generator has a CLIP, its shares are compared with their verdicts.
/// </summary>
internal sealed class QuickLooks(QuickGeneration run)
{
    private static readonly string[] Names = ["time", "weather", "colour"]; // in the order of AppearanceClassifiers.Attributes

    /// <summary>Generates and measures.</summary>
    public IReadOnlyList<QuickFigure> Figures()
    {
        var random = new RandomStream(run.Options.Generation.Seed);
        SceneAppearance[] wanted = [.. run.Scenes.Select((scene, i) => QuickPrompts.Wanted(scene.Appearance, i, random))];
        string[] prompts = [.. wanted.Select(QuickPrompts.Described)];
        int[][] chunks = [.. Enumerable.Range(0, wanted.Length).Chunk(run.Options.BatchSize)];
        var results = run.Shared(
            "pictures in every other look",
            [.. chunks.Select(chunk => chunk.Length)],
            pass => run.Pictures([.. chunks[pass].Select(i => (i, prompts[i], 2L * wanted.Length + i))])
        );
        Picture[] renders = [.. run.Scenes.Select((scene, i) => scene.In(wanted[i]).Picture)];
        using var classifiers = AppearanceClassifiers.Fit(
            run.Options.JudgeScenes,
            run.Generator.Model.NativeSize,
            run.Options.SceneDetail,
            run.Progress,
            run.Stop
        );
        var (right, ceilings) = (classifiers.Right(results, wanted), classifiers.Right(renders, wanted));
        var figures = new List<QuickFigure>();
        for (var i = 0; i < Names.Length; i++)
        {
            figures.Add(new($"obedience_{Names[i]}", $"{Title(i)} as asked, by classifiers", right[i].Average()));
            figures.Add(new($"obedience_{Names[i]}_ceiling", "  the same of real renders in those looks", ceilings[i].Average()));
        }
        if (run.Generator.Obedience is { } evaluator)
            figures.AddRange(OfClip(evaluator, prompts, (results, renders), right));
        return figures;
    }

    private IEnumerable<QuickFigure> OfClip(
        ObedienceEvaluator evaluator,
        string[] prompts,
        (IReadOnlyList<Picture> Results, IReadOnlyList<Picture> Renders) pictures,
        IReadOnlyList<double[]> right
    )
    {
        PromptObedience?[] Seen(IReadOnlyList<Picture> some) => [.. prompts.Select((prompt, i) => evaluator.Of(prompt, some[i]))];
        var (results, renders) = (Seen(pictures.Results), Seen(pictures.Renders));
        var references = Seen([.. run.Scenes.Select(scene => scene.Picture)]);
        for (var i = 0; i < Names.Length; i++)
        {
            var name = Names[i];
            var (made, real, own) = (Of(results), Of(renders), Of(references));
            if (made.Length < prompts.Length)
                continue; // its phrases do not ask about this
            yield return new($"clip_obedience_{name}", $"{Title(i)} as asked, by CLIP", made.Average(IsSeen));
            yield return new($"clip_obedience_{name}_ceiling", "  the same of real renders in those looks", real.Average(IsSeen));
            yield return new(
                $"clip_auroc_{name}_renders",
                "  AUROC of its share: renders in the asked look against the references",
                AreaUnderCurve([.. real.Select(one => one.Share)], [.. own.Select(one => one.Share)])
            );
            var verdicts = right[i];
            yield return new(
                $"clip_agrees_{name}",
                "  share above one half where, and only where, the classifiers say yes",
                made.Select((one, p) => one.Share >= 0.5 == verdicts[p] > 0.5 ? 1.0 : 0).Average()
            );
            var (yes, no) = (Shares(made, verdicts, 1), Shares(made, verdicts, 0));
            if (yes.Length > 0 && no.Length > 0)
                yield return new(
                    $"clip_auroc_{name}",
                    $"  AUROC of its share for their verdict ({no.Length} of {made.Length} pictures wrong)",
                    AreaUnderCurve(yes, no)
                );

            ObeyedPhrase[] Of(PromptObedience?[] all) =>
                [.. all.Select(one => one?.Groups.FirstOrDefault(group => group.Group == name)).OfType<ObeyedPhrase>()];
        }

        static double IsSeen(ObeyedPhrase one) => one.Seen == one.Phrase ? 1 : 0;

        static double[] Shares(ObeyedPhrase[] made, double[] verdicts, double verdict) =>
            [.. made.Where((_, p) => verdicts[p] == verdict).Select(one => one.Share)];
    }

    /// <summary>Probability that one of the first is larger than one of the second; equal ones count half. 0.5 is chance.</summary>
    internal static double AreaUnderCurve(IReadOnlyList<double> larger, IReadOnlyList<double> smaller) =>
        larger.Sum(a =>
            smaller.Sum(b =>
                a > b ? 1
                : a == b ? 0.5
                : 0
            )
        ) / (larger.Count * (double)smaller.Count);

    private static string Title(int attribute) =>
        attribute switch
        {
            0 => "time of day",
            1 => "weather",
            _ => "colour of the houses",
        };
}
