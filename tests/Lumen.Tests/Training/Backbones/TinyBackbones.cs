using System.Text.Json.Nodes;
using Lumen.Core.Tensors;
using Lumen.Training;
using Lumen.Training.Backbones;

namespace Lumen.Tests.Training.Backbones;

/// <summary>Recipes of very small vision transformers on 32-pixel scenes.</summary>
internal static class TinyBackbones
{
    public const int Size = 32;

    public static Recipe Recipe(string family) =>
        new()
        {
            Kind = "backbone",
            Data = new RecipeData
            {
                Scenes = 24,
                ValidationScenes = 6,
                Resolution = Size,
            },
            Backbone = new RecipeBackbone
            {
                Family = family,
                Network = new RecipeNetwork
                {
                    HiddenSize = 24,
                    NumHiddenLayers = 2,
                    NumAttentionHeads = 3,
                    IntermediateSize = 48,
                    PatchSize = 8,
                    NumRegisterTokens = family == "dinov2" ? 2 : 0,
                    ProjectionDim = 12,
                },
                Views = new RecipeViews
                {
                    GlobalSize = 24,
                    LocalSize = 16,
                    LocalCrops = 2,
                },
                Distillation = new RecipeDistillation
                {
                    Prototypes = 16,
                    PatchPrototypes = 12,
                    HeadHiddenDim = 20,
                    HeadBottleneckDim = 8,
                    FreezeLastLayerSteps = 1,
                    WarmupTeacherTemperatureSteps = 2,
                },
            },
            TextEncoder = JsonNode
                .Parse(
                    """{ "hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2, "max_position_embeddings": 24, "projection_dim": 12 }"""
                )!
                .AsObject(),
            Training = new TrainingOptions
            {
                MaxTrainSteps = 4,
                TrainBatchSize = 3,
                Seed = 7,
                Optimizer = new OptimizerOptions
                {
                    LearningRate = 1e-3,
                    LrWarmupSteps = 1,
                    EmaDecay = 0.5,
                },
            },
        };

    /// <summary>A fresh task; scenes are kept in the folder.</summary>
    public static ITrainingTask Task(string family, string folder) =>
        new TrainingTaskFactory(Placement.Reference, Path.Combine(folder, "cache"), Path.Combine(folder, family)).VisionTransformer(
            Recipe(family)
        );
}
