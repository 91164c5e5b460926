using System.Globalization;
using System.Text.Json;
using Lumen.Generation;
using Lumen.Research.Evaluation;
using Lumen.Scenes;
using Lumen.Training.Perception;

namespace Lumen.Research.Studies;

/// <summary>
/// What the units of a study share: the recipe, the model, its adapters, the references, and the evaluator. Opened when it is first
/// needed.
/// </summary>
public sealed class StudyBench : IDisposable
{
    private const int RenderedAtOnce = 64;
    private readonly string? _home;
    private readonly List<StudyAdapter> _adapters = [];
    private readonly List<string> _absent = [];
    private readonly Dictionary<int, StudyReference> _references = [];
    private readonly Dictionary<Type, (string Name, object Value)> _shared = [];
    private readonly Lazy<AppearanceClassifiers> _classifiers;
    private readonly Lazy<StudyPhotos?> _photos;
    private readonly Lazy<StudyEvaluator?> _evaluator;
    private bool _opened;

    /// <summary>A bench; nothing is opened yet.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="model">The base; it stays the caller's.</param>
    /// <param name="home">Folder that the recipe's paths start from where they are not found from the current one; null for none.</param>
    public StudyBench(StudyRecipe recipe, DiffusionModel model, string? home = null)
    {
        (Recipe, Model, _home) = (recipe, model, home);
        _classifiers = new Lazy<AppearanceClassifiers>(() =>
            AppearanceClassifiers.Fit(
                recipe.ClassifierScenes,
                model.NativeSize,
                recipe.SceneDetail,
                Progress is null ? null : new Told(Progress),
                Stop
            )
        );
        _photos = new Lazy<StudyPhotos?>(() =>
            recipe.Data is null
                ? null
                : new StudyPhotos(recipe.Data, Located(recipe.Data.Folder) ?? recipe.Data.Folder, model.NativeSize, recipe.SceneSeed)
        );
        _evaluator = new Lazy<StudyEvaluator?>(() =>
            recipe.Judge is not null && Located(recipe.Judge) is { } folder ? StudyEvaluator.Open(folder, Classes) : null
        );
    }

    /// <summary>The recipe.</summary>
    public StudyRecipe Recipe { get; }

    /// <summary>The base.</summary>
    public DiffusionModel Model { get; }

    /// <summary>The study's output folder, for what is too large for its tables; null outside of a run.</summary>
    public string? Folder { get; set; }

    /// <summary>
    /// Calls of the model at once, each on a thread of its own (<see cref="ComputeThreads.Workers"/>); 1: one after the other.
    /// </summary>
    public int Workers { get; init; } = 1;

    /// <summary>Receives what is being prepared.</summary>
    public IProgress<StudyProgress>? Progress { get; set; }

    /// <summary>Stops the work.</summary>
    public CancellationToken Stop { get; set; }

    /// <summary>The adapters that are there, in the recipe's order.</summary>
    /// <exception cref="LumenException">One is there but does not fit the model.</exception>
    public IReadOnlyList<StudyAdapter> Adapters => Opened()._adapters;

    /// <summary>Why adapters, or what needs an evaluator, are left out.</summary>
    public IReadOnlyList<string> Absent => Evaluator is null ? [.. AbsentAdapters, NoEvaluator] : AbsentAdapters;

    /// <summary>Why adapters are left out.</summary>
    public IReadOnlyList<string> AbsentAdapters => Opened()._absent;

    /// <summary>
    /// The first adapter conditioned on layouts: its basis measures agreement and diversity, for all conditions alike. Null if there is
    /// none.
    /// </summary>
    public StudyAdapter? FirstLayoutAdapter => Adapters.FirstOrDefault(adapter => adapter.Layout is not null);

    /// <summary>What predicts time, weather and palette of a picture of a street.</summary>
    public AppearanceClassifiers Classifiers => _classifiers.Value;

    /// <summary>The classes that references are labelled with.</summary>
    public PerceptionClasses Classes => _photos.Value?.Classes ?? PerceptionClasses.Street;

    /// <summary>The pictures of the recipe's data set; null where references are rendered.</summary>
    /// <exception cref="LumenException">The recipe's data set cannot be used.</exception>
    internal StudyPhotos? Photos => _photos.Value;

    /// <summary>How obedience to the prompt is measured, in a sentence.</summary>
    public string TextEvaluation =>
        _photos.Value is null
            ? Classifiers.Description
            : "Prompts are the photos' own captions: nothing measures whether they were obeyed. The real picture of a layout is the photo "
                + "itself.";

    /// <summary>Pictures that can be references; no end of them where they are rendered.</summary>
    /// <exception cref="LumenException">The recipe's data set cannot be used.</exception>
    public int Available => _photos.Value?.Count ?? int.MaxValue;

    /// <summary>The perception network that evaluates pictures; null if the recipe's is not there.</summary>
    /// <exception cref="LumenException">It is there but cannot be used.</exception>
    public StudyEvaluator? Evaluator => _evaluator.Value;

    /// <summary>
    /// Numbers that every figure depends on, by their names in the recipe. The number of references is not among them: a folder may be
    /// extended.
    /// </summary>
    public IReadOnlyDictionary<string, string> Settings
    {
        get
        {
            var settings = new Dictionary<string, string>
            {
                ["study"] = Recipe.Study,
                ["model"] = Model.WeightsHash,
                ["judge"] = Evaluator?.Hash ?? "none",
                ["seeds"] = Text(Recipe.Seeds),
                ["steps"] = Text(Recipe.Generation.NumInferenceSteps),
                ["guidance_scale"] = Text(Recipe.Generation.GuidanceScale),
                ["strength"] = Text(Recipe.Generation.ConditioningScale),
                ["batch_size"] = Text(Recipe.BatchSize),
                ["chunk"] = Text(Recipe.Chunk),
                ["scene_seed"] = Text(Recipe.SceneSeed),
                ["rotation_seed"] = Text(Recipe.RotationSeed),
                ["classifier_scenes"] = Text(Recipe.ClassifierScenes),
                ["data"] = Recipe.Data is null ? "streets" : JsonSerializer.Serialize(Recipe.Data),
            };
            if (Recipe.SceneDetail != SceneDetail.Plain)
                settings["scene_detail"] = Recipe.SceneDetail.ToString().ToLowerInvariant();
            if (Recipe.FurtherGeneration is { Length: > 0 } further)
                settings["generation"] = further;
            return settings;
        }
    }

    /// <summary>Something that units share, made where it is first needed; the last one of a type is kept.</summary>
    /// <param name="name">Which of its type.</param>
    /// <param name="make">Makes it; it needs no disposing.</param>
    internal T Shared<T>(string name, Func<T> make)
        where T : class
    {
        if (!_shared.TryGetValue(typeof(T), out var known) || known.Name != name)
            _shared[typeof(T)] = known = (name, make());
        return (T)known.Value;
    }

    /// <summary>A reference.</summary>
    public StudyReference Reference(int index)
    {
        if (_references.TryGetValue(index, out var known))
            return known;
        if (_references.Count >= RenderedAtOnce)
            _references.Clear();
        return _references[index] =
            _photos.Value?.Reference(index)
            ?? (StudyReference)StreetReference.Render(index, Recipe.SceneSeed, Model.NativeSize, Recipe.SceneDetail);
    }

    /// <summary>A reference of a study that only streets can answer.</summary>
    /// <exception cref="LumenException">The recipe's references are photos.</exception>
    public StreetReference Street(int index) =>
        Reference(index) as StreetReference
        ?? throw new LumenException(
            $"The study {Recipe.Study} needs streets whose every factor is known. Leave out \"data\" in its recipe."
        );

    /// <summary>The references of a unit.</summary>
    public IReadOnlyList<StudyReference> References(StudyUnit unit) => [.. unit.References.Select(Reference)];

    /// <summary>How it was measured, in sentences that hold for every study.</summary>
    /// <param name="generates">Whether pictures are generated.</param>
    public IReadOnlyList<string> Setting(bool generates)
    {
        var references = _photos.Value is { } photos
            ? string.Create(CultureInfo.InvariantCulture, $"{Recipe.References} held-out {photos.Description}")
            : string.Create(
                CultureInfo.InvariantCulture,
                $"{Recipe.References} held-out {EvaluationScene.Kind(Recipe.SceneDetail)}streets of {Model.NativeSize} px "
                    + $"(test split, scene seed {Recipe.SceneSeed}), whose layouts are in no training set"
            );
        var scenes = $"Model {Model.Name} (weights {Model.WeightsHash[..12]}); {references}.";
        if (!generates)
            return [scenes];
        return
        [
            scenes,
            string.Create(
                CultureInfo.InvariantCulture,
                $"{Recipe.Seeds} seed{(Recipe.Seeds == 1 ? "" : "s")} a reference, {Recipe.Generation.NumInferenceSteps} steps, guidance "
                    + $"{Recipe.Generation.GuidanceScale}, adapter weight {Recipe.Generation.ConditioningScale}"
                    + $", {Model.Placement.Compute}; "
                    + $"noise is the same for "
                    + $"every condition."
            ),
            .. Evaluator is { } evaluator ? new[] { evaluator.Description } : [],
        ];
    }

    public void Dispose()
    {
        _adapters.ForEach(adapter => adapter.Dispose());
        if (_classifiers.IsValueCreated)
            _classifiers.Value.Dispose();
        if (_evaluator.IsValueCreated)
            _evaluator.Value?.Dispose();
    }

    /// <summary>
    /// Why a study on a data set cannot be done here: the data set is not in the repository and not where the recipe says. Null where it is
    /// there, or none is asked for.
    /// </summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="home">Folder that its paths may start from, too.</param>
    public static string? AbsentData(StudyRecipe recipe, string? home = null) =>
        recipe.Data is { } data && Located(data.Folder, home) is null
            ? $"The data set of this study is not here: there is no folder {data.Folder}. Put it there, or correct \"folder\" in the "
                + "recipe's data."
            : null;

    private string NoEvaluator =>
        (Recipe.Judge is null ? "The recipe names no evaluator" : $"Evaluator: there is no folder {Recipe.Judge}")
        + ", so classes, instances, orientation, depth, normals, FID and KID are not measured. Train one with lumen train "
        + "perception and recipes/street-tiny-perception.json, and give its folder perception to `Judge`.";

    private static string Text(IFormattable value) => value.ToString(null, CultureInfo.InvariantCulture);

    private StudyBench Opened()
    {
        if (_opened)
            return this;
        _opened = true;
        foreach (var entry in Recipe.Adapters)
        {
            var (folder, weights) = (Located(entry.Adapter), entry.BackboneWeights is null ? null : Located(entry.BackboneWeights));
            if (folder is null)
                _absent.Add($"Adapter {entry.Name}: there is no folder {entry.Adapter}.");
            else if (entry.BackboneWeights is not null && weights is null)
                _absent.Add($"Adapter {entry.Name}: there are no backbone weights at {entry.BackboneWeights}.");
            else
                _adapters.Add(StudyAdapter.Open(entry, Model, folder, weights, Workers));
        }
        return this;
    }

    private string? Located(string path) => Located(path, _home);

    private static string? Located(string path, string? home)
    {
        if (Path.Exists(path))
            return path;
        return home is not null && Path.Combine(home, path) is var inHome && Path.Exists(inHome) ? inHome : null;
    }

    private sealed class Told(IProgress<StudyProgress> progress) : IProgress<EvaluationProgress>
    {
        public void Report(EvaluationProgress value) => progress.Report(new StudyProgress(value.Stage, value.Done, value.Total));
    }
}
