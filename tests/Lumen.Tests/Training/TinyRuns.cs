using System.Text.Json.Nodes;
using Lumen.Core.Tensors;
using Lumen.Training;

namespace Lumen.Tests.Training;

/// <summary>Recipes of very small models on 32-pixel scenes: everything is real, but takes a second.</summary>
internal sealed record TinyRuns(string Folder)
{
    public const int Size = 32;
    public const int Components = 6;

    public string Model => Path.Combine(Folder, "base", "model");

    public static Recipe Vae =>
        new()
        {
            Kind = "vae",
            Data = Data,
            Crop = 16,
            Vae = Json(
                """
                { "block_out_channels": [8, 16], "down_block_types": ["DownEncoderBlock2D", "DownEncoderBlock2D"], "up_block_types": ["UpDecoderBlock2D", "UpDecoderBlock2D"],
                  "latent_channels": 4, "layers_per_block": 1, "norm_num_groups": 4, "sample_size": 32 }
                """
            ),
            Training = Training,
        };

    public static Recipe Base =>
        new()
        {
            Kind = "base",
            Data = Data,
            Unet = Json(
                """
                { "block_out_channels": [8, 16], "down_block_types": ["DownBlock2D", "CrossAttnDownBlock2D"], "up_block_types": ["CrossAttnUpBlock2D", "UpBlock2D"],
                  "layers_per_block": 1, "attention_head_dim": [2, 2], "norm_num_groups": 4, "cross_attention_dim": 16 }
                """
            ),
            TextEncoder = Json(
                """{ "hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2, "max_position_embeddings": 24, "projection_dim": 16 }"""
            ),
            Scheduler = Json(
                """
                { "_class_name": "DDIMScheduler", "beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear", "clip_sample": false, "set_alpha_to_one": true, "steps_offset": 0,
                  "prediction_type": "v_prediction", "rescale_betas_zero_snr": true, "timestep_spacing": "trailing" }
                """
            ),
            Training = Training,
        };

    public static Recipe Adapter =>
        new()
        {
            Kind = "adapter",
            Data = Data,
            Layout = new RecipeLayout
            {
                Layer = "up_blocks[1]",
                Components = Components,
                FitPictures = 16,
            },
            ConditioningEmbeddingOutChannels = [8, 8],
            Training = Training,
        };

    private static RecipeData Data =>
        new()
        {
            Scenes = 24,
            ValidationScenes = 6,
            Resolution = Size,
        };

    private static TrainingOptions Training =>
        new()
        {
            MaxTrainSteps = 4,
            TrainBatchSize = 2,
            CheckpointingSteps = 100,
            ValidationSteps = 100,
            Optimizer = new OptimizerOptions
            {
                LearningRate = 1e-3,
                LrWarmupSteps = 1,
                EmaDecay = 0.5,
            },
        };

    public TrainingTaskFactory Runs(string name) => new(Placement.Reference, Path.Combine(Folder, "cache"), Path.Combine(Folder, name));

    /// <summary>A fresh task of a kind; base and adapter need what <see cref="MakeModel"/> made.</summary>
    public ITrainingTask Task(string kind) =>
        kind switch
        {
            "vae" => Runs("vae").Autoencoder(Vae),
            "base" => Runs("base-again").Base(Base, Path.Combine(Folder, "vae", "model")),
            _ => Runs("adapter").Adapter(Adapter, Model),
        };

    /// <summary>A model with an adapter, a few steps of each: nothing to look at, but every file is there.</summary>
    public void MakeModel()
    {
        Train(Runs("vae").Autoencoder(Vae), Path.Combine(Folder, "vae", "model"));
        Train(Runs("base").Base(Base, Path.Combine(Folder, "vae", "model")), Model);
        Train(Runs("adapter").Adapter(Adapter, Model), Path.Combine(Model, "controlnet"));
    }

    private static void Train(ITrainingTask task, string folder)
    {
        var trainer = new Trainer(task, Training, folder);
        for (var step = 0; step < Training.MaxTrainSteps; step++)
            trainer.Step();
        trainer.Export(folder);
    }

    private static JsonObject Json(string text) => JsonNode.Parse(text)!.AsObject();
}
