namespace Lumen.Training;

/// <summary>What to do instead of entries that other trainers' configurations have, and recipes have not.</summary>
internal static class RecipeAdvice
{
    private const string Leave = "There is no such setting; leave it out.";
    private const string Data = "The pictures are those of data's folder (`TrainDataDir`).";
    private const string Steps = "How long a run is, is given in steps: max_train_steps in \"training\".";

    /// <summary>Sentences by the names of diffusers', kohya's and SimpleTuner's settings.</summary>
    public static IReadOnlyDictionary<string, string> Sentences { get; } =
        new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["mixed_precision"] =
                "The compute type is not a recipe's: choose it with `MixedPrecision` no or bf16. Master weights are always float32.",
            ["min_snr_gamma"] = "It is called snr_gamma, in \"training\".",
            ["use_ema"] =
                "An average of the weights is always kept: ema_decay in \"training\", \"optimizer\" says how slow; 0 takes the "
                + "weights as they are.",
            ["ema"] =
                "An average of the weights is always kept: ema_decay in \"training\", \"optimizer\" says how slow; 0 takes the "
                + "weights as they are.",
            ["num_train_epochs"] = Steps,
            ["max_train_epochs"] = Steps,
            ["epochs"] = Steps,
            ["lr"] = "It is called learning_rate, in \"training\", \"optimizer\".",
            ["weight_decay"] = "It is called adam_weight_decay, in \"training\", \"optimizer\".",
            ["batch_size"] = "It is called train_batch_size, in \"training\".",
            ["optimizer_type"] = "The optimiser is always AdamW; its settings are in \"training\", \"optimizer\".",
            ["use_8bit_adam"] =
                "The optimiser is always AdamW; moments \"int8\" in \"training\", \"optimizer\" keeps its moments in eight bits.",
            ["train_data_dir"] = Data,
            ["instance_data_dir"] = Data,
            ["dataset_name"] = "Data sets are folders: fetch it first, and give its folder in data's folder or with `TrainDataDir`.",
            ["output_dir"] = "The output folder is not a recipe's: give it with `OutputDir`.",
            ["pretrained_model_name_or_path"] =
                "The base model is not a recipe's: give it with `Model` (adapter), or initialise_from (vae, base).",
            ["resume_from_checkpoint"] = "Give it on the command line: `ResumeFromCheckpoint` latest.",
            ["cache_dir"] = "Give it on the command line: `CacheFolder`.",
            ["enable_bucket"] = "It is called aspect_buckets, in \"data\".",
            ["aspect_ratio_buckets"] = "It is called aspect_buckets, in \"data\"; its shapes are \"WIDTHxHEIGHT\".",
            ["bucket_no_upscale"] = "Every picture is brought to the size of its bucket; leave it out.",
            ["random_flip"] = "It is called horizontal_flips, in \"data\".",
            ["center_crop"] = "Pictures are always cut in the middle first; crops_per_picture in \"data\" adds others.",
            ["validation_prompt"] = "Previews show held-out pictures with their own captions; leave it out.",
            ["validation_prompts"] = "Previews show held-out pictures with their own captions; leave it out.",
            ["validation_image"] = "Previews show held-out pictures; leave it out.",
            ["rank"] = "Adapters are ControlNets, not LoRAs; leave it out.",
            ["network_dim"] = "Adapters are ControlNets, not LoRAs; leave it out.",
            ["network_alpha"] = "Adapters are ControlNets, not LoRAs; leave it out.",
            ["noise_offset"] =
                "Noise has no offset; rescale_betas_zero_snr in the scheduler is what gives pictures their darkest and brightest.",
            ["input_perturbation"] = Leave,
            ["enable_xformers_memory_efficient_attention"] = Leave,
            ["xformers"] = Leave,
            ["allow_tf32"] = Leave,
            ["set_grads_to_none"] = Leave,
            ["dataloader_num_workers"] = Leave,
            ["lr_num_cycles"] = Leave,
            ["lr_power"] = Leave,
            ["report_to"] = Leave,
            ["logging_dir"] = Leave,
            ["push_to_hub"] = Leave,
            ["scale_lr"] = Leave,
        };
}
