using Lumen.Conditions;
using Lumen.Core.Tensors;
using Lumen.Generation;
using Lumen.Scenes;
using Lumen.Testing;
using Lumen.Training;
using Lumen.Training.Perception;
using Xunit;

namespace Lumen.Tests.Studies;

/// <summary>A tiny model with an adapter of every kind and an evaluator, all of random weights, and recipes of a few pictures.</summary>
public sealed class StudyModel : IDisposable
{
    private readonly TempFolder _folder = new();

    public StudyModel()
    {
        Folder = TinyModels.Write(_folder.File("tiny"));
        TinyModels.WriteAdapter(
            _folder.File("labels"),
            Folder,
            new ConditionSettings
            {
                Kind = ConditionKind.LabelMap,
                Classes = SceneClasses.Count,
                Ignore = 255,
            }
        );
        TinyModels.WriteAdapter(
            _folder.File("canny"),
            Folder,
            new ConditionSettings
            {
                Kind = ConditionKind.Canny,
                LowThreshold = 100,
                HighThreshold = 200,
            }
        );
        TinyModels.WriteAdapter(_folder.File("depth"), Folder, new ConditionSettings { Kind = ConditionKind.Depth });
        TinyModels.WriteAdapter(_folder.File("other"), Folder, seed: 7);
        using var evaluator = new PerceptionNetwork(
            new PerceptionConfig
            {
                Widths = [8, 8, 16],
                Classes = PerceptionClasses.Street,
                Depth = true,
                Normals = true,
                Instances = true,
                Orientation = true,
            },
            Placement.Reference
        );
        WeightInitialisation.Apply(evaluator, new RandomStream(9));
        evaluator.Save(_folder.File("judge"));
        Model = DiffusionModel.Load(Folder, Placement.Reference);
    }

    public DiffusionModel Model { get; }

    public string Folder { get; }

    /// <summary>A path in the fixture's folder.</summary>
    public string File(string name) => _folder.File(name);

    /// <summary>A recipe of a study with every kind of adapter, three references and two seeds.</summary>
    public Lumen.Research.Studies.StudyRecipe Recipe(string study) =>
        new()
        {
            Study = study,
            Adapters =
            [
                Entry("layout", Path.Combine(Folder, "controlnet")),
                .. study == "conditions"
                    ? new[] { Entry("label-map", File("labels")), Entry("canny", File("canny")), Entry("depth", File("depth")) }
                    : [],
                .. study == "augmentation" ? new[] { Entry("label-map", File("labels")) } : [],
                .. study is "backbones" or "rotation" ? new[] { Entry("other", File("other")) } : [],
                .. study == "components" ? new[] { Entry("single", File("other")) with { Components = 2 } } : [],
                Entry("absent", File("nowhere")),
            ],
            Judge = File("judge"),
            References = study == "augmentation" ? 3 : 5,
            Seeds = study is "leak" or "augmentation" ? 1 : 2,
            Generation = new GenerationOptions { NumInferenceSteps = 1 },
            Chunk = 2,
            BatchSize = 4,
            Components = [1, 2, 50],
            Dial =
                study == "dial"
                    ?
                    [
                        new() { Name = "own" },
                        new()
                        {
                            Name = "few",
                            Components = 2,
                            GuidanceScale = 5,
                        },
                    ]
                    : [],
            ClassifierScenes = 24,
            Resamples = 20,
            SheetRows = 2,
            Augmentation =
                study == "augmentation"
                    ? new()
                    {
                        Budgets = [2, 3],
                        Variants = 1,
                        TrainSteps = 1,
                        TrainBatchSize = 2,
                        Widths = [8, 8, 16],
                        MinAgreement = -1,
                    }
                    : null,
        };

    public void Dispose()
    {
        Model.Dispose();
        _folder.Dispose();
    }

    private static Lumen.Research.Studies.StudyAdapterEntry Entry(string name, string adapter) => new() { Name = name, Adapter = adapter };
}
