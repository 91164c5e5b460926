using System.Globalization;
using Lumen.Imaging;
using Lumen.Research.Evaluation;
using static TorchSharp.torch;

namespace Lumen.Research.Studies;

/// <summary>Recoloured references and colour prompts: whose colour wins, by number of components?</summary>
public sealed class ColourLeakStudy : IStudy
{
    private const string Real = "real";
    private const double LeastHouses = 0.02; // share of the picture that houses must cover to have a colour

    /// <inheritdoc/>
    public string Name => "leak";

    /// <inheritdoc/>
    public string Question =>
        "Does the colour of the reference leak into the picture, or does the prompt decide - by number of components?";

    /// <inheritdoc/>
    public void Check(StudyRecipe recipe)
    {
        if (recipe.Adapters.Count == 0 || recipe.Components.Count == 0)
            throw new LumenException(
                "The study leak needs an adapter and numbers of components: \"adapters\": [{ \"name\": \"layout\", \"adapter\": "
                    + "\"models/street-tiny/controlnet\" }], \"components\": [3, 8, 20] in its recipe."
            );
    }

    /// <inheritdoc/>
    public StudyPlan Plan(StudyBench bench)
    {
        var conditions = Conditions(bench);
        var perReference = bench.Recipe.Seeds * (2 + Recolouring.Names.Count);
        return new StudyPlan
        {
            Units =
            [
                .. conditions
                    .SelectMany(condition =>
                        StudyUnit.Of(condition.Id, bench.Recipe, condition.Adapter is null ? bench.Recipe.Seeds : perReference)
                    )
                    .OrderBy(unit => unit.First),
            ],
            Identities = conditions.ToDictionary(condition => condition.Id, condition => condition.Identity),
            Skipped =
            [
                .. bench.AbsentAdapters,
                .. bench.FirstLayoutAdapter is null ? ["There is no adapter conditioned on layouts."] : Array.Empty<string>(),
            ],
            SecondsPerPicture = () => GenerationStudy.SecondsPerPicture(conditions[0], bench),
        };
    }

    /// <inheritdoc/>
    public StudyUnitResult Run(StudyUnit unit, StudyBench bench)
    {
        using var frozen = no_grad();
        var condition = Conditions(bench).First(one => one.Id == unit.Condition);
        var (rows, samples) = (new List<StudyRow>(), new Dictionary<string, Picture>());
        var cases = unit.References.Select(index => new LeakCase(bench.Street(index))).ToArray();
        if (condition.Adapter is null)
        {
            for (var seed = 1; seed <= bench.Recipe.Seeds; seed++)
                rows.AddRange(cases.Select(one => Row(one, seed, Decision(one, one.RealVariant(seed), bench))));
            return new StudyUnitResult(rows, samples);
        }
        using var scope = NewDisposeScope();
        var layouts = Enumerable
            .Range(0, 1 + Recolouring.Names.Count)
            .Select(way => Edited(cases.Select(one => way == 0 ? one.Picture : one.Recoloured[way - 1])))
            .ToArray(); // [n, N, h, w] each
        for (var seed = 1; seed <= bench.Recipe.Seeds; seed++)
        {
            var (plain, conflict) = (Made(layouts[0], own: true, seed), Made(layouts[0], own: false, seed));
            var recoloured = Enumerable.Range(1, Recolouring.Names.Count).Select(way => Made(layouts[way], own: true, seed)).ToArray();
            for (var i = 0; i < cases.Length; i++)
            {
                var values = Decision(cases[i], conflict[i], bench);
                for (var way = 0; way < recoloured.Length; way++)
                {
                    values[$"leak_{Recolouring.Names[way]}"] = Shift(
                        (cases[i].Picture, cases[i].Recoloured[way]),
                        (plain[i], recoloured[way][i])
                    );
                    values[$"layout_{Recolouring.Names[way]}"] =
                    [
                        StudyPictureMetrics.Agreements(layouts[way + 1][i].unsqueeze(0), layouts[0][i].unsqueeze(0))[0],
                    ];
                }
                rows.Add(Row(cases[i], seed, values));
                if (seed > 1 || cases[i].Reference.Index >= bench.Recipe.SheetRows)
                    continue;
                (samples[Sample("plain", i)], samples[Sample("conflict", i)], samples[Sample("hue", i)]) = (
                    plain[i],
                    conflict[i],
                    recoloured[0][i]
                );
            }
        }
        return new StudyUnitResult(rows, samples);

        StudyRow Row(LeakCase one, int seed, SortedDictionary<string, double[]> values) =>
            new(unit.Condition, one.Reference.Index, seed, values);

        string Sample(string what, int i) => LeakReport.Sample(unit.Condition, what, cases[i].Reference.Index);

        Tensor Edited(IEnumerable<Picture> pictures)
        {
            var maps = condition.Adapter.LayoutsOf([.. pictures], bench);
            return condition.Edit is null ? maps : condition.Edit(maps);
        }

        IReadOnlyList<Picture> Made(Tensor maps, bool own, int seed)
        {
            var requests = cases
                .Select(
                    (one, i) =>
                        condition.Adapter!.Request(maps[i], StreetReference.PromptOf(own ? one.Own : one.Other), one.Reference.Index)
                )
                .ToArray();
            var pictures = condition.Adapter.Generate(requests, seed, bench);
            foreach (var request in requests)
                request.Layout!.Dispose();
            return pictures;
        }
    }

    /// <inheritdoc/>
    public StudyFindings Conclude(IReadOnlyList<StudyRow> rows, StudyBench bench, StudyStore store) =>
        new LeakReport(rows, Conditions(bench), bench, store).Findings();

    /// <summary>
    /// How far the colours of results follow those of references: sums of products of both shifts, and of the references' own, over the
    /// mean colours of 8 x 8 places.
    /// </summary>
    /// <param name="references">The reference and the recoloured one.</param>
    /// <param name="results">What each led to.</param>
    internal static double[] Shift((Picture Before, Picture After) references, (Picture Before, Picture After) results)
    {
        using var scope = NewDisposeScope();
        var cause = Colours(references.After) - Colours(references.Before);
        var effect = Colours(results.After) - Colours(results.Before);
        return [(cause * effect).sum().item<double>(), cause.square().sum().item<double>()];

        static Tensor Colours(Picture picture) =>
            PictureStatistics.Of([picture]).reshape(-1, 5).narrow(1, 0, 3).to_type(ScalarType.Float64);
    }

    // Whose colour the houses have: that of a render as the prompt asks, or that of the reference.
    private static SortedDictionary<string, double[]> Decision(LeakCase one, Picture result, StudyBench bench)
    {
        var values = new SortedDictionary<string, double[]>(StringComparer.Ordinal)
        {
            ["told_prompt"] = [bench.Classifiers.Right([result], [one.Other])[2][0]],
            ["told_reference"] = [bench.Classifiers.Right([result], [one.Own])[2][0]],
        };
        if (one.Houses(result, LeastHouses) is { } found)
            values["prompt_wins"] =
            [
                Distance(found, one.Houses(one.Asked, LeastHouses)!.Value) < Distance(found, one.Houses(one.Picture, LeastHouses)!.Value)
                    ? 1
                    : 0,
            ];
        return values;

        static double Distance((double R, double G, double B) a, (double R, double G, double B) b) =>
            (a.R - b.R) * (a.R - b.R) + (a.G - b.G) * (a.G - b.G) + (a.B - b.B) * (a.B - b.B);
    }

    private static IReadOnlyList<StudyCondition> Conditions(StudyBench bench)
    {
        if (bench.FirstLayoutAdapter is not { } main)
            return [];
        var most = main.Layout!.Basis.Components;
        var counts = bench.Recipe.Components.Where(count => count <= most).Append(most).Distinct().Order();
        return
        [
            .. counts.Select(count => new StudyCondition(
                string.Create(CultureInfo.InvariantCulture, $"n{count:000}"),
                string.Create(CultureInfo.InvariantCulture, $"N = {count}"),
                main
            )
            {
                Edit = StudyCondition.First(count),
                EditName = $"first {count}",
            }),
            .. bench
                .Adapters.Where(adapter => adapter != main && adapter.Layout is not null)
                .Select(adapter => new StudyCondition(adapter.Name, adapter.Name, adapter)),
            new StudyCondition(Real, LeakReport.RealTitle, null),
        ];
    }
}
